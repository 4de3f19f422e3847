/** Where the demo writes: standard output, or a part of it in tests. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A line is written at most so often where it cannot be updated in place. */
const LOG_INTERVAL_MS = 5_000;
const CLEAR_LINE = '\r\u001b[K';
const STYLES = { bold: 1, green: 32, red: 31, dim: 2 } as const;

/** Lines of text; colors and updates in place only on a terminal. */
export class Screen {
  private readonly isTerminal: boolean;
  private readonly hasColors: boolean;
  private isInProgress = false;
  private lastProgress = { text: '', at: -Infinity };

  public constructor(private readonly output: Output, environment: NodeJS.ProcessEnv = process.env, private readonly now: () => number = Date.now) {
    this.isTerminal = output.isTTY === true && environment.TERM !== 'dumb';
    // https://no-color.org
    this.hasColors = this.isTerminal && !environment.NO_COLOR;
  }

  public print(text: string): void {
    this.endProgress();
    this.output.write(`${text}\n`);
  }

  /** Text of another program, as it is. */
  public write(text: string): void {
    this.endProgress();
    this.output.write(text);
  }

  /** The state of something that takes a while: replaces the last one on a terminal, and is a line elsewhere, if it is new and not too soon. */
  public progress(seconds: number, text: string): void {
    if (this.isTerminal) {
      const line = `   ${seconds} s  ${text}`;
      this.output.write(`${CLEAR_LINE}${this.style('dim', line.slice(0, (this.output.columns || 80) - 1))}`);
      this.isInProgress = true;
    } else if (text !== this.lastProgress.text && this.now() - this.lastProgress.at >= LOG_INTERVAL_MS) {
      this.lastProgress = { text, at: this.now() };
      this.output.write(`   ${seconds} s  ${text}\n`);
    }
  }

  public style(style: keyof typeof STYLES, text: string): string {
    return this.hasColors ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
  }

  private endProgress(): void {
    if (this.isInProgress) {
      this.output.write(CLEAR_LINE);
      this.isInProgress = false;
    }
  }
}
