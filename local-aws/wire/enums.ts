import { readdirSync, readFileSync } from 'fs';
import { dirname, join } from 'path';
import { SchemaService } from './service';

const byService = new Map<string, Enums>();

/**
 * The enums of one SDK client. In its run-time schemas every enum is a string. The enum of a member is only in its type declarations (`State?:
 * SnapshotState | undefined`), and the enum's values are among its exports. The declarations are parsed once, for the first response that is
 * checked.
 */
export class Enums {
  /** None for a service without schemas. Shared by all services of this process, because EC2's declarations are three megabytes. */
  public static of({ name, schemas }: SchemaService): Enums | undefined {
    let found = byService.get(name);
    if (!found && schemas) {
      found = new Enums(name === 'states' ? 'sfn' : name, schemas);
      byService.set(name, found);
    }
    return found;
  }

  private declarations?: readonly string[];
  private readonly members = new Map<string, ReadonlyMap<string, readonly string[]>>();

  /** `exported` are the exports of the client, which is `@aws-sdk/client-<client>`. */
  private constructor(private readonly client: string, private readonly exported: Readonly<Record<string, unknown>>) {}

  /** The enum of a member by its name; none for other members. */
  public ofStructure(name: string): ReadonlyMap<string, readonly string[]> {
    let found = this.members.get(name);
    if (!found) {
      found = this.read(name);
      this.members.set(name, found);
    }
    return found;
  }

  private read(name: string): ReadonlyMap<string, readonly string[]> {
    this.declarations ??= readDeclarations(this.client);
    const heading = `export interface ${name} {\n`;
    const text = this.declarations.find(file => file.includes(heading));
    const begin = text?.indexOf(heading) ?? 0;
    const found = new Map<string, readonly string[]>();
    for (const [, member, type] of (text ?? '').slice(begin, text?.indexOf('\n}', begin)).matchAll(/^ {4}(\w+)\??: (\w+)(?:\[\])*(?: \| undefined)?;$/gm)) {
      const values = this.exported[type];
      if (typeof values === 'object' && values !== null && !Array.isArray(values)) {
        found.set(member, Object.values(values) as string[]);
      }
    }
    return found;
  }
}

function readDeclarations(client: string): string[] {
  const folder = join(dirname(require.resolve(`@aws-sdk/client-${client}`)), '../dist-types/models');
  return readdirSync(folder).filter(name => /^models_\d+\.d\.ts$/.test(name)).map(name => readFileSync(join(folder, name), 'utf8'));
}
