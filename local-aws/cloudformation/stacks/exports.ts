import { Stack } from './stack';
import { AwsError } from '../../aws-call';
import { Environment } from '../resource-types/resource-type';

interface Export {
  readonly stack: Stack;
  readonly name: string;
  readonly value: string;
}

/** The exports of an account and Region. */
export class Exports {
  public constructor(private readonly stacks: () => readonly Stack[]) {}

  public in(environment: Environment): Export[] {
    return this.stacks()
      .filter(stack => stack.exists && stack.environment.account === environment.account && stack.environment.region === environment.region)
      .flatMap(stack => stack.outputs.map(({ exportName, value }) => ({ stack, name: exportName, value })))
      .filter((item): item is Export => item.name !== undefined);
  }

  public value(environment: Environment, name: string): string | undefined {
    return this.in(environment).find(item => item.name === name)?.value;
  }

  /** Refuses export names of other stacks, and changes and deletions of imported exports. */
  public check(stack: Stack, outputs: Stack['outputs']): void {
    for (const item of this.in(stack.environment)) {
      const kept = outputs.find(output => output.exportName === item.name);
      if (item.stack !== stack && kept !== undefined) {
        throw new AwsError('ValidationError', `Export with name ${item.name} is already exported by stack ${item.stack.name}`);
      }
      const importers = this.importers(item);
      if (item.stack === stack && importers.length > 0 && kept?.value !== item.value) {
        throw inUse(item, kept === undefined ? 'deleted' : 'updated', importers);
      }
    }
  }

  public refuseWhileImported(stack: Stack): void {
    for (const item of this.in(stack.environment).filter(own => own.stack === stack)) {
      const importers = this.importers(item);
      if (importers.length > 0) {
        throw inUse(item, 'deleted', importers);
      }
    }
  }

  private importers(item: Export): string[] {
    const { account, region } = item.stack.environment;
    return this.stacks()
      .filter(stack => stack.exists && stack.environment.account === account && stack.environment.region === region && stack.imports.has(item.name))
      .map(stack => stack.name);
  }
}

function inUse(item: Export, what: string, importers: readonly string[]): AwsError {
  return new AwsError('ValidationError', `Export ${item.name} cannot be ${what} as it is in use by ${importers.join(' and ')}`);
}
