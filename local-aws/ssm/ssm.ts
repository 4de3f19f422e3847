import { createHash } from 'crypto';
import { AccountAndRegion, accountAndRegionOf, Authorizer, AwsError, Call } from '../aws-call';
import { invalid, ParameterReference, parseReference } from './parameter-name';
import { ParameterDefinition, Parameters, ParameterVersion } from './parameters';
import { denialWords } from '../denial';
import { partitionOf } from '../regions/partition';
import { Clock } from '../time/clock';
import { SchemaService } from '../wire/service';

export interface SsmOptions {
  readonly clock: Clock;
  readonly authorizer: Authorizer;
  /** Public parameters: `/aws/service/…`. */
  readonly publicParameter?: (region: string, name: string) => string | undefined;
  /** True if the account can see the image. Otherwise a parameter of the data type `aws:ec2:image` is not stored. */
  readonly imageExists?: (place: AccountAndRegion, imageId: string) => boolean;
}

const MOST_NAMES = 10;

/** The parameters of Systems Manager, without labels. Nothing is encrypted, and the key permissions of SecureString parameters are not checked. */
export class Ssm {
  public readonly service: SchemaService;
  private readonly parameters: Parameters;

  public constructor(private readonly options: SsmOptions) {
    this.parameters = new Parameters(options.clock);
    this.service = {
      name: 'ssm',
      protocol: 'json',
      reads: {
        GetParameter: ['Name', 'WithDecryption'],
        GetParameters: ['Names', 'WithDecryption'],
        PutParameter: ['Name', 'Value', 'Type', 'DataType', 'Description', 'Overwrite', 'Tier'],
        DeleteParameter: ['Name'],
      },
      operations: {
        GetParameter: call => this.getParameter(call),
        GetParameters: call => this.getParameters(call),
        PutParameter: call => this.putParameter(call),
        DeleteParameter: call => this.deleteParameter(call),
      },
    };
  }

  /** The value of a parameter, public or not. A version can follow the name. */
  public value(place: AccountAndRegion, name: string): string | undefined {
    try {
      return this.parameters.value(place, name) ?? this.options.publicParameter?.(place.region, name);
    } catch {
      // the version does not exist, or the name is invalid
      return undefined;
    }
  }

  /** A parameter of the account by its name, which a version can follow; none if it or its version does not exist. */
  public stored(place: AccountAndRegion, asked: string): ParameterVersion | undefined {
    const { name, selector } = parseReference(asked);
    try {
      return this.parameters.find(place, name, selector);
    } catch {
      return undefined;
    }
  }

  /** Throws the errors of PutParameter. Returns false if the parameter was not stored: Systems Manager checks image IDs after the response. */
  public put(place: AccountAndRegion, definition: ParameterDefinition): boolean {
    const { imageExists } = this.options;
    const version = this.parameters.next(place, definition);
    if (version.dataType === 'aws:ec2:image' && imageExists !== undefined && !imageExists(place, version.value)) {
      return false;
    }
    this.parameters.store(place, version);
    return true;
  }

  public has(place: AccountAndRegion, name: string): boolean {
    return this.parameters.has(place, name);
  }

  public delete(place: AccountAndRegion, name: string): void {
    this.parameters.delete(place, name);
  }

  /** The names of all parameters, so that tests can check that none remains. */
  public names(): string[] {
    return this.parameters.names();
  }

  public reset(): void {
    this.parameters.clear();
  }

  private getParameter(call: Call): object {
    const reference = parseReference(String(call.input.Name));
    this.authorize(call, 'ssm:GetParameter', reference);
    const found = this.find(call, reference);
    if (found === undefined) {
      throw new AwsError('ParameterNotFound', '');
    }
    return { Parameter: found };
  }

  /** The distinct names, sorted. An ARN is another name of the same parameter. */
  private getParameters(call: Call): object {
    const names = (call.input.Names ?? []) as string[];
    if (names.length > MOST_NAMES) {
      throw invalid(`1 validation error detected: Value '[${names.join(', ')}]' at 'names' failed to satisfy constraint: `
        + `Member must have length less than or equal to ${MOST_NAMES}`);
    }
    const asked = [...new Set(names)].map(name => ({ name, reference: parseReference(name) }));
    asked.forEach(({ reference }) => this.authorize(call, 'ssm:GetParameters', reference));
    const answers = asked.map(({ name, reference }) => ({ name, parameter: this.findIfThere(call, reference) }));
    return {
      Parameters: answers.flatMap(({ parameter }) => parameter ?? []).sort(byNameAndSelector),
      InvalidParameters: answers.filter(({ parameter }) => parameter === undefined).map(({ name }) => name).sort(),
    };
  }

  private putParameter(call: Call): object {
    const { Name, Value, Type, DataType, Description, Overwrite, Tier } = call.input;
    const place = accountAndRegionOf(call);
    const name = String(Name);
    this.authorize(call, 'ssm:PutParameter', { name });
    const exists = this.has(place, name);
    const definition = {
      name,
      value: String(Value ?? ''),
      type: Type as string | undefined,
      dataType: DataType as string | undefined,
      description: Description as string | undefined,
      tier: Tier as string | undefined,
    };
    const next = this.parameters.next(place, definition);
    if (!exists && Type === undefined) {
      throw invalid('A parameter type is required when you create a parameter.');
    }
    if (exists && Overwrite !== true) {
      throw new AwsError('ParameterAlreadyExists', 'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.');
    }
    this.put(place, definition);
    return { Version: next.version, Tier: next.tier };
  }

  private deleteParameter(call: Call): object {
    const name = String(call.input.Name);
    this.authorize(call, 'ssm:DeleteParameter', { name });
    if (!this.has(accountAndRegionOf(call), name)) {
      throw new AwsError('ParameterNotFound', '');
    }
    this.delete(accountAndRegionOf(call), name);
    return {};
  }

  private findIfThere(call: Call, reference: ParameterReference): Answer | undefined {
    try {
      return this.find(call, reference);
    } catch (error) {
      if ((error as Error).name === 'ParameterVersionNotFound') {
        return undefined;
      }
      throw error;
    }
  }

  private find(call: Call, { name, selector }: ParameterReference): Answer | undefined {
    const place = accountAndRegionOf(call);
    const own = this.parameters.find(place, name, selector);
    const value = own === undefined ? this.options.publicParameter?.(place.region, name) : shownValue(own, call.input.WithDecryption === true);
    return value === undefined ? undefined : {
      Name: name,
      Type: own?.type ?? 'String',
      Value: value,
      Version: own?.version ?? 1,
      ...selector !== undefined && { Selector: `:${selector}` },
      LastModifiedDate: own?.modified ?? this.options.clock.date(),
      ARN: arnOf(call, name),
      DataType: own?.dataType ?? 'text',
    };
  }

  private authorize(call: Call, action: string, { name }: ParameterReference): void {
    const { principal } = call;
    const resource = arnOf(call, name);
    const { authorizer } = this.options;
    const question = { action, resource, context: {} };
    if (principal.roleArn !== undefined && !authorizer.allows(principal, question)) {
      throw new AwsError('AccessDeniedException', `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} `
        + denialWords(authorizer.denial(principal, question), action));
    }
  }
}

interface Answer extends Record<string, unknown> {
  readonly Name: string;
  readonly Selector?: string;
}

function byNameAndSelector(one: Answer, other: Answer): number {
  return one.Name === other.Name ? Number(one.Selector === undefined) - Number(other.Selector === undefined) : one.Name < other.Name ? -1 : 1;
}

/** SecureString values are returned encrypted unless the request has WithDecryption. */
function shownValue({ type, value, version }: ParameterVersion, decrypted: boolean): string {
  return type !== 'SecureString' || decrypted ? value : `AQICAH${createHash('sha512').update(`${version} ${value}`).digest('base64')}`;
}

function arnOf(call: Call, name: string): string {
  const account = name.startsWith('/aws/') ? '' : call.principal.account;
  return `arn:${partitionOf(call.region)}:ssm:${call.region}:${account}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
}
