import { existsSync, readFileSync } from 'fs';
import { join, resolve } from 'path';
import type { StackEvent } from '@aws-sdk/client-cloudformation';
import { EC2Client } from '@aws-sdk/client-ec2';
import { KMSClient } from '@aws-sdk/client-kms';
import { allowAll, Authorizer } from './aws-call';
import { CallLog } from './call-log';
import { Clock } from './clock';
import { CloudFormation } from './cloudformation/cloud-formation';
import { CustomResource } from './cloudformation/custom-resources/custom-resource';
import { CustomResourceResponses } from './cloudformation/custom-resources/responses';
import { Environment } from './cloudformation/resource-types/resource-type';
import { typeExists } from './cloudformation/resource-types/registry';
import { Stack } from './cloudformation/stacks/stack';
import { CloudFormationSwitches, defaultCloudFormationSwitches } from './cloudformation/cloudformation-switches';
import { Template } from './cloudformation/template/template';
import { resourceTypes } from './cloudformation/resource-types';
import { Ec2, Ec2Options } from './ec2/ec2';
import { Faults } from './fault-injection';
import { frontDoor } from './services';
import { S3Buckets } from './s3/buckets';
import { Iam } from './iam/iam';
import { Kms } from './kms/kms';
import { Lambda } from './lambda/lambda';
import { lambdaApi } from './lambda/lambda-api';
import { Regions } from './regions';
import { Ssm } from './ssm/ssm';
import { States } from './stepfunctions/step-functions';
import { WireServer } from './wire/server';
import { SchemaService } from './wire/service';

export interface LocalAwsOptions {
  /** The number of its seconds in one second of the machine; 60 by default. */
  readonly speed?: number;
  /** 123456789012 by default. */
  readonly account?: string;
  /** us-east-1 by default. */
  readonly region?: string;
  /** Whether IAM policies of roles are enforced; true by default. */
  readonly authorize?: boolean;
  readonly switches?: Ec2Options['switches'];
  readonly cloudFormationSwitches?: Partial<CloudFormationSwitches>;
  /** The maximum number of processes of one function; 4 by default. */
  readonly maxProcesses?: number;
  /** The milliseconds of the machine that every invocation has at least, whatever the function's timeout; 20,000 by default. */
  readonly minInvocationMs?: number;
}

export interface DeployRequest extends Partial<Environment> {
  readonly stackName: string;
  /** A synthesized template: its file or its content. */
  readonly template: string | object;
  /** The cloud assembly's directory, which contains the code of functions. */
  readonly assetDirectory?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly disableRollback?: boolean;
}

/** The result of a stack operation. */
export interface StackResult {
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** The events of this operation, oldest first. */
  readonly events: readonly StackEvent[];
  /** Physical IDs by logical ID. */
  readonly resources: Readonly<Record<string, { readonly type: string; readonly physicalId?: string; readonly status: string }>>;
  /** The failures in the events: `LogicalId: reason`. */
  readonly failures: readonly string[];
  readonly unknownTypes: readonly string[];
}

/** Settings of an SDK client. */
export interface ClientOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** An AWS on this machine: its services share one HTTP server on loopback. */
export class LocalAws {
  public static async start(options: LocalAwsOptions = {}): Promise<LocalAws> {
    const aws = new LocalAws(options);
    aws.server = await WireServer.start({
      services: [
        aws.ec2.service,
        aws.kms.service,
        aws.ssm.service,
        lambdaApi(aws.lambda, aws.authorizer),
        aws.states.service,
        aws.answers.service,
        ...frontDoor({ ...aws, logGroups: aws.lambda.logStore }),
      ],
      principal: (accessKeyId, region, service) => aws.iam.principal(accessKeyId, region, service),
      checkRegion: (service, region) => aws.regions.check(service, region),
      faults: aws.faults,
      log: aws.log,
      clock: aws.clock,
    });
    return aws;
  }

  public readonly account: string;
  public readonly region: string;
  public readonly clock: Clock;
  public readonly faults = new Faults();
  public readonly log = new CallLog();
  public readonly regions = new Regions();
  public readonly iam = new Iam();
  public readonly kms: Kms;
  public readonly ec2: Ec2;
  public readonly lambda: Lambda;
  public readonly states: States;
  public readonly ssm: Ssm;
  public readonly buckets: S3Buckets;
  public readonly answers = new CustomResourceResponses();
  public readonly cloudFormation: CloudFormation;
  /** Behavior that AWS does not document. Tests can change it at any time. */
  public readonly cloudFormationSwitches: CloudFormationSwitches;
  private readonly authorizer: Authorizer;
  private server?: WireServer;
  private readonly custom: CustomResource;
  private types: ReturnType<typeof resourceTypes>;
  private readonly clients = new Map<string, { readonly ec2: EC2Client; readonly kms: KMSClient }>();
  private readonly assetDirectories = new Set<string>();

  private constructor(options: LocalAwsOptions) {
    this.account = options.account ?? '123456789012';
    this.region = options.region ?? 'us-east-1';
    this.clock = new Clock(options.speed ?? 60);
    this.cloudFormationSwitches = { ...defaultCloudFormationSwitches, ...options.cloudFormationSwitches };
    this.authorizer = options.authorize === false ? allowAll : this.iam;
    const { clock, account, region, iam, authorizer } = this;
    this.kms = new Kms({ clock, authorizer, account, region });
    this.ec2 = new Ec2({
      clock,
      kms: this.kms,
      authorizer,
      account,
      region,
      switches: options.switches,
      instanceProfileArn: (owner, nameOrArn) => iam.instanceProfileArn(owner, nameOrArn),
    });
    this.buckets = new S3Buckets(clock);
    const principalOf = (roleArn: string) => iam.principal(iam.credentials(roleArn).accessKeyId);
    this.lambda = new Lambda({
      clock,
      authorizer,
      principalOf,
      url: () => this.url,
      credentials: roleArn => iam.credentials(roleArn),
      maxProcesses: options.maxProcesses,
      minInvocationMs: options.minInvocationMs,
    });
    this.states = new States({
      clock,
      authorizer,
      principalOf,
      kms: this.kms,
      invoke: (arn, payload) => this.lambda.invoke(arn, payload),
      // longer than what the function itself has on this machine
      minTaskMs: (options.minInvocationMs ?? 20_000) + 5000,
    });
    this.ssm = new Ssm({
      clock,
      authorizer,
      publicParameter: (place, name) => this.ec2.publicParameters(place)[name],
      imageExists: (_place, imageId) => this.ec2.image(imageId)?.state === 'available',
    });
    this.custom = new CustomResource({
      clock,
      answers: this.answers,
      invoke: (arn, payload) => this.lambda.invokeAsync(arn, payload),
      waitWhenCancelled: () => this.cloudFormationSwitches.cancelledRequest === 'wait',
    });
    this.types = this.freshTypes();
    this.cloudFormation = new CloudFormation({
      clock,
      typeOf: type => this.types(type),
      typeExists,
      ssm: environment => name => this.ssm.value(environment, name),
      zones: zonesOf,
      switches: this.cloudFormationSwitches,
    });
  }

  public get url(): string {
    return this.server!.url;
  }

  /** The services other than Lambda and S3. */
  public schemaServices(): SchemaService[] {
    return this.server!.schemaServices();
  }

  /** The environment variables with which a process uses this AWS as the account's administrator. */
  public environment(place: Partial<Environment> = {}): Record<string, string> {
    const { credentials, region } = this.clientOptions(place);
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    };
  }

  /** The settings with which an SDK client uses this AWS as the account's administrator. */
  public clientOptions({ account = this.account, region = this.region }: Partial<Environment> = {}): ClientOptions {
    return { endpoint: this.url, region, credentials: { accessKeyId: `AKIALOCAL${account}`, secretAccessKey: 'secret' } };
  }

  /** Creates or updates a stack, and waits until the operation has finished. No bootstrapping is needed. */
  public async deploy(request: DeployRequest): Promise<StackResult> {
    const environment = this.place(request);
    if (request.assetDirectory !== undefined) {
      this.assetDirectories.add(resolve(request.assetDirectory));
    }
    const input = {
      StackName: request.stackName,
      TemplateBody: JSON.stringify(withoutBootstrap(request.template)),
      Parameters: Object.entries(request.parameters ?? {}).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
      Tags: Object.entries(request.tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
      Capabilities: ['CAPABILITY_NAMED_IAM' as const],
      DisableRollback: request.disableRollback,
    };
    if (this.stackOf(environment, request.stackName)?.status === 'ROLLBACK_COMPLETE') {
      // like the CDK command line: such a stack can only be deleted
      await this.destroy(request.stackName, environment);
    }
    const existing = this.stackOf(environment, request.stackName);
    const begin = existing?.events.length ?? 0;
    if (existing === undefined) {
      this.cloudFormation.createStack(environment, input);
    } else {
      try {
        this.cloudFormation.updateStack(environment, input);
      } catch (error) {
        // the update has no changes, which is not a failure
        if ((error as Error).message === 'No updates are to be performed.') {
          return resultOf(existing, begin);
        }
        throw error;
      }
    }
    return resultOf(await this.cloudFormation.settled(environment, request.stackName), begin);
  }

  /** Deletes a stack and waits until the operation has finished. */
  public async destroy(stackName: string, place: Partial<Environment> = {}): Promise<StackResult> {
    const environment = this.place(place);
    const stack = this.cloudFormation.stack(environment, stackName);
    const begin = stack.events.length;
    this.cloudFormation.deleteStack(environment, { StackName: stackName });
    return resultOf(await this.cloudFormation.settled(environment, stack.id), begin);
  }

  /** Restores the initial state, except for the time and the address. */
  public async reset(): Promise<void> {
    this.faults.clear();
    this.regions.reset();
    this.cloudFormation.reset();
    this.answers.reset();
    this.states.reset();
    await this.lambda.reset();
    this.iam.reset();
    this.ssm.reset();
    this.buckets.reset();
    this.kms.reset();
    this.ec2.reset();
    this.assetDirectories.clear();
    this.types = this.freshTypes();
    this.log.clear();
  }

  /** Stops every process and the server. */
  public async stop(): Promise<void> {
    this.states.reset();
    await this.lambda.stop();
    this.buckets.reset();
    for (const { ec2, kms } of this.clients.values()) {
      ec2.destroy();
      kms.destroy();
    }
    await this.server?.stop();
  }

  private freshTypes(): ReturnType<typeof resourceTypes> {
    return resourceTypes({
      ...this,
      ec2: environment => this.clientsOf(environment).ec2,
      kms: environment => this.clientsOf(environment).kms,
      codeOf: (bucket, key) => this.codeOf(bucket, key),
    }, this.custom);
  }

  private place({ account = this.account, region = this.region }: Partial<Environment>): Environment {
    return { account, region };
  }

  private stackOf(environment: Environment, name: string): Stack | undefined {
    try {
      return this.cloudFormation.stack(environment, name);
    } catch {
      return undefined;
    }
  }

  private clientsOf(environment: Environment): { readonly ec2: EC2Client; readonly kms: KMSClient } {
    const key = `${environment.account} ${environment.region}`;
    let clients = this.clients.get(key);
    if (clients === undefined) {
      const options = this.clientOptions(environment);
      clients = { ec2: new EC2Client(options), kms: new KMSClient(options) };
      this.clients.set(key, clients);
    }
    return clients;
  }

  /** The code of a function, from the cloud assembly of the deployment or from S3. */
  private codeOf(bucket: string, key: string): string {
    const name = `asset.${key.replace(/^.*\//, '').replace(/\.zip$/, '')}`;
    const found = [...this.assetDirectories].map(directory => join(directory, name)).find(existsSync);
    return found ?? this.buckets.directoryOf(bucket, key);
  }
}

function resultOf(stack: Stack, begin: number): StackResult {
  const events = stack.events.slice(begin);
  return {
    status: stack.status,
    outputs: Object.fromEntries(stack.outputs.map(output => [output.key, output.value])),
    events,
    resources: Object.fromEntries([...stack.resources].map(([id, { type, physicalId, status }]) => [id, { type, physicalId, status }])),
    failures: events
      .filter(event => event.ResourceStatus?.endsWith('_FAILED') && event.LogicalResourceId !== stack.name)
      .filter(event => !/^Resource (creation|update) cancelled$/.test(event.ResourceStatusReason ?? ''))
      .map(event => `${event.LogicalResourceId}: ${event.ResourceStatusReason ?? ''}`),
    unknownTypes: [...stack.unknownTypes],
  };
}

/** Removes the parameter and the rule for the bootstrap version: nothing is uploaded here. */
function withoutBootstrap(template: string | object): Template {
  const parsed = (typeof template === 'string' ? JSON.parse(readFileSync(template, 'utf8')) : template) as Template;
  const { BootstrapVersion: _parameter, ...parameters } = parsed.Parameters ?? {};
  const { CheckBootstrapVersion: _rule, ...rules } = parsed.Rules ?? {};
  return { ...parsed, Parameters: parameters, Rules: rules };
}

function zonesOf(region: string): string[] {
  return ['a', 'b', 'c'].map(letter => `${region}${letter}`);
}
