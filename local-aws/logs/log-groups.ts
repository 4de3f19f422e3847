import { Clock } from '../time/clock';

export interface LogLine {
  /** Milliseconds since 1970 in the time of the local AWS. */
  readonly at: number;
  readonly message: string;
}

interface LogGroup {
  readonly name: string;
  retentionInDays?: number;
  readonly lines: LogLine[];
}

/** The log groups of CloudWatch Logs. */
export class Logs {
  private readonly groups = new Map<string, LogGroup>();

  public constructor(private readonly clock: Clock) {}

  public create(name: string, retentionInDays?: number): void {
    if (this.groups.has(name)) {
      throw new Error(`Resource of type 'AWS::Logs::LogGroup' with identifier '{"/properties/LogGroupName":"${name}"}' already exists.`);
    }
    this.groups.set(name, { name, retentionInDays, lines: [] });
  }

  public setRetention(name: string, retentionInDays?: number): void {
    const group = this.groups.get(name);
    if (group !== undefined) {
      group.retentionInDays = retentionInDays;
    }
  }

  public delete(name: string): void {
    this.groups.delete(name);
  }

  /** Appends a line. Creates the group if it does not exist, like Lambda. */
  public write(name: string, message: string): void {
    if (!this.groups.has(name)) {
      this.create(name);
    }
    this.groups.get(name)!.lines.push({ at: this.clock.now(), message });
  }

  public lines(name: string): readonly LogLine[] {
    return this.groups.get(name)?.lines ?? [];
  }

  /** The names of every log group, so that tests can check that none remains. */
  public names(): string[] {
    return [...this.groups.keys()];
  }

  public retention(name: string): number | undefined {
    return this.groups.get(name)?.retentionInDays;
  }

  public reset(): void {
    this.groups.clear();
  }
}
