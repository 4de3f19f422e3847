import { AccountAndRegion, AwsError } from '../aws-call';
import { canonicalName, checkName, invalid, parseReference } from './parameter-name';
import { Clock } from '../time/clock';

export interface ParameterDefinition {
  readonly name: string;
  readonly value: string;
  /** The type of the previous version by default, else `String`. */
  readonly type?: string;
  readonly dataType?: string;
  readonly description?: string;
  readonly tier?: string;
}

export interface ParameterVersion extends ParameterDefinition {
  readonly type: string;
  readonly dataType: string;
  readonly tier: string;
  readonly version: number;
  readonly modified: Date;
}

const TYPES = ['SecureString', 'StringList', 'String'];
const DATA_TYPES = ['text', 'aws:ec2:image', 'aws:ssm:integration'];
const TIERS = ['Intelligent-Tiering', 'Advanced', 'Standard'];
const MOST_CHARACTERS = { Standard: 4096, Advanced: 8192 };
const MOST_VERSIONS = 100;

/** The parameters of all accounts and Regions, with their versions, oldest first. */
export class Parameters {
  private readonly versions = new Map<string, ParameterVersion[]>();

  public constructor(private readonly clock: Clock) {}

  /** Checks a parameter like PutParameter, and returns its next version without storing it. */
  public next(place: AccountAndRegion, definition: ParameterDefinition): ParameterVersion {
    checkName(definition.name);
    const previous = this.find(place, definition.name);
    const { value, type = previous?.type ?? 'String', dataType = previous?.dataType ?? 'text' } = definition;
    checkMember('type', type, TYPES);
    checkMember('tier', definition.tier, TIERS);
    if (!DATA_TYPES.includes(dataType)) {
      throw invalid(`The following data type is not supported: ${dataType} (Data type names are all lowercase.)`);
    }
    if (value === '') {
      throw invalid("1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1");
    }
    return {
      ...definition, type, dataType, tier: tierOf(definition, previous), version: (previous?.version ?? 0) + 1, modified: this.clock.date(),
    };
  }

  public store(place: AccountAndRegion, version: ParameterVersion): void {
    const key = keyOf(place, version.name);
    this.versions.set(key, [...this.versions.get(key) ?? [], version].slice(-MOST_VERSIONS));
  }

  /** The newest version, or that of a selector; none if there is no such parameter. */
  public find(place: AccountAndRegion, name: string, selector?: string): ParameterVersion | undefined {
    const versions = this.versions.get(keyOf(place, name));
    if (versions === undefined || selector === undefined) {
      return versions?.[versions.length - 1];
    }
    const found = /^\d+$/.test(selector) ? versions.find(({ version }) => version === Number(selector)) : undefined;
    if (found === undefined) {
      throw new AwsError('ParameterVersionNotFound', /^\d+$/.test(selector)
        ? `Systems Manager could not find version ${Number(selector)} of ${name}. Verify the version and try again.`
        : `Systems Manager could not find a version of ${name} that has the specified label, ${selector}. Verify the parameter label and try again.`);
    }
    return found;
  }

  /** The value of a reference. */
  public value(place: AccountAndRegion, reference: string): string | undefined {
    const { name, selector } = parseReference(reference);
    return this.find(place, name, selector)?.value;
  }

  public has(place: AccountAndRegion, name: string): boolean {
    return this.versions.has(keyOf(place, name));
  }

  public delete(place: AccountAndRegion, name: string): void {
    this.versions.delete(keyOf(place, name));
  }

  public names(): string[] {
    return [...this.versions.values()].map(versions => versions[versions.length - 1].name);
  }

  public clear(): void {
    this.versions.clear();
  }
}

function tierOf({ value, tier }: ParameterDefinition, previous: ParameterVersion | undefined): string {
  if (tier === 'Standard' && previous?.tier === 'Advanced') {
    throw invalid("This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the "
      + 'standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.');
  }
  const isLarge = value.length > MOST_CHARACTERS.Standard;
  const chosen = tier === 'Intelligent-Tiering' ? isLarge ? 'Advanced' : previous?.tier ?? 'Standard' : tier ?? previous?.tier ?? 'Standard';
  if (chosen === 'Standard' && isLarge) {
    throw invalid(`Standard tier parameters support a maximum parameter value of ${MOST_CHARACTERS.Standard} characters. To create a larger parameter value, `
      + 'upgrade the parameter to use the advanced-parameter tier. For more information, see '
      + 'https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html');
  }
  if (value.length > MOST_CHARACTERS.Advanced) {
    throw invalid(`Advanced tier parameters support a maximum parameter value of ${MOST_CHARACTERS.Advanced} characters.`);
  }
  return chosen;
}

function checkMember(member: string, value: string | undefined, allowed: readonly string[]): void {
  if (value !== undefined && !allowed.includes(value)) {
    throw invalid(`1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: `
      + `Member must satisfy enum value set: [${allowed.join(', ')}]`);
  }
}

function keyOf({ account, region }: AccountAndRegion, name: string): string {
  return `${account} ${region} ${canonicalName(name)}`;
}
