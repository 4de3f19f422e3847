import { Authorizer, AwsError, Call } from '../call';
import { Clock } from '../clock';
import { partitionOf } from '../partition';
import { SchemaService } from '../wire/service';

/** Where a parameter is. */
interface Place {
  readonly account: string;
  readonly region: string;
}

export interface ParameterDefinition {
  readonly name: string;
  readonly value: string;
  readonly type?: string;
  readonly dataType?: string;
  readonly description?: string;
}

interface Parameter extends ParameterDefinition {
  readonly version: number;
  readonly modified: Date;
}

export interface SsmOptions {
  readonly clock: Clock;
  readonly authorizer: Authorizer;
  /** Parameters that everybody can read: `/aws/service/…`. */
  readonly publicParameter?: (region: string, name: string) => string | undefined;
  /** Whether the account sees the image; a parameter of the data type `aws:ec2:image` is not stored otherwise. */
  readonly imageExists?: (place: Place, imageId: string) => boolean;
}

/** The parameters of Systems Manager. */
export class Ssm {
  public readonly service: SchemaService;
  private readonly parameters = new Map<string, Parameter>();

  public constructor(private readonly options: SsmOptions) {
    this.service = {
      name: 'ssm',
      protocol: 'json',
      operations: {
        GetParameter: call => this.getParameter(call),
        GetParameters: call => this.getParameters(call),
        PutParameter: call => this.putParameter(call),
        DeleteParameter: call => this.deleteParameter(call),
      },
    };
  }

  /** The value of a parameter, of its own or public. */
  public value(place: Place, name: string): string | undefined {
    return this.parameters.get(keyOf(place, name))?.value ?? this.options.publicParameter?.(place.region, name);
  }

  /** False if it was not stored: Systems Manager says yes first and looks at images later. */
  public put(place: Place, definition: ParameterDefinition): boolean {
    const { imageExists } = this.options;
    if (definition.dataType === 'aws:ec2:image' && imageExists !== undefined && !imageExists(place, definition.value)) {
      return false;
    }
    const key = keyOf(place, definition.name);
    const version = (this.parameters.get(key)?.version ?? 0) + 1;
    this.parameters.set(key, { ...definition, version, modified: this.options.clock.date() });
    return true;
  }

  public has(place: Place, name: string): boolean {
    return this.parameters.has(keyOf(place, name));
  }

  public delete(place: Place, name: string): void {
    this.parameters.delete(keyOf(place, name));
  }

  /** The names of all parameters that somebody put, e.g. to see that none was left. */
  public names(): string[] {
    return [...this.parameters.values()].map(parameter => parameter.name);
  }

  public reset(): void {
    this.parameters.clear();
  }

  private getParameter(call: Call): object {
    const asked = String(call.input.Name);
    this.authorize(call, 'ssm:GetParameter', asked);
    const found = this.find(call, asked);
    if (found === undefined) {
      throw new AwsError('ParameterNotFound', '');
    }
    return { Parameter: found };
  }

  private getParameters(call: Call): object {
    const asked = (call.input.Names ?? []) as string[];
    asked.forEach(name => this.authorize(call, 'ssm:GetParameters', name));
    const found = asked.map(name => this.find(call, name));
    return {
      Parameters: found.filter(parameter => parameter !== undefined),
      InvalidParameters: asked.filter((_name, index) => found[index] === undefined),
    };
  }

  private putParameter(call: Call): object {
    const { Name, Value, Type, DataType, Description, Overwrite } = call.input;
    const place = placeOf(call);
    this.authorize(call, 'ssm:PutParameter', String(Name));
    if (this.has(place, String(Name)) && Overwrite !== true) {
      throw new AwsError('ParameterAlreadyExists', 'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.');
    }
    this.put(place, {
      name: String(Name),
      value: String(Value),
      type: Type as string | undefined,
      dataType: DataType as string | undefined,
      description: Description as string | undefined,
    });
    return { Version: this.parameters.get(keyOf(place, String(Name)))?.version ?? 1, Tier: 'Standard' };
  }

  private deleteParameter(call: Call): object {
    const name = String(call.input.Name);
    this.authorize(call, 'ssm:DeleteParameter', name);
    if (!this.has(placeOf(call), name)) {
      throw new AwsError('ParameterNotFound', '');
    }
    this.delete(placeOf(call), name);
    return {};
  }

  private find(call: Call, asked: string): object | undefined {
    const place = placeOf(call);
    const name = nameIn(asked);
    const own = this.parameters.get(keyOf(place, name));
    const value = own?.value ?? this.options.publicParameter?.(place.region, name);
    return value === undefined ? undefined : {
      Name: name,
      Type: own?.type ?? 'String',
      Value: value,
      Version: own?.version ?? 1,
      LastModifiedDate: own?.modified ?? this.options.clock.date(),
      ARN: arnOf(call, name),
      DataType: own?.dataType ?? 'text',
    };
  }

  private authorize(call: Call, action: string, asked: string): void {
    const { principal } = call;
    const resource = arnOf(call, nameIn(asked));
    if (principal.roleArn !== undefined && !this.options.authorizer.allows(principal, { action, resource, context: {} })) {
      throw new AwsError('AccessDeniedException', `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} `
        + `because no identity-based policy allows the ${action} action`);
    }
  }
}

function placeOf(call: Call): Place {
  return { account: call.principal.account, region: call.region };
}

function keyOf({ account, region }: Place, name: string): string {
  return `${account} ${region} ${name}`;
}

/** A name may be an ARN, and may end with a version. */
function nameIn(asked: string): string {
  const name = asked.startsWith('arn:') ? asked.slice(asked.indexOf(':parameter') + ':parameter'.length) : asked;
  return name.replace(/:\d+$/, '');
}

function arnOf(call: Call, name: string): string {
  const account = name.startsWith('/aws/') ? '' : call.principal.account;
  return `arn:${partitionOf(call.region)}:ssm:${call.region}:${account}:parameter${name.startsWith('/') ? '' : '/'}${name}`;
}
