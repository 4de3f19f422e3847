import { existsSync } from 'fs';
import { join, resolve } from 'path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { KMSClient } from '@aws-sdk/client-kms';
import { AutoScaling } from './auto-scaling/auto-scaling';
import { CallLog } from './call-log';
import { CloudFormation } from './cloudformation/cloud-formation';
import { CloudFormationSwitches, defaultCloudFormationSwitches } from './cloudformation/cloudformation-switches';
import { CustomResource } from './cloudformation/custom-resources/custom-resource';
import { CustomResourceResponses } from './cloudformation/custom-resources/responses';
import { resourceTypes } from './cloudformation/resource-types';
import { typeExists } from './cloudformation/resource-types/registry';
import { Environment } from './cloudformation/resource-types/resource-type';
import { deployStack, DeployRequest, destroyStack, StackResult } from './deployment';
import { Ec2, Ec2Options } from './ec2/ec2';
import { Faults } from './fault-injection';
import { Iam } from './iam/iam';
import { Organization } from './iam/organization';
import { Kms } from './kms/kms';
import { Lambda } from './lambda/lambda';
import { lambdaApi } from './lambda/lambda-api';
import { Regions } from './regions/regions';
import { S3Buckets } from './s3/buckets';
import { commandLineServices } from './services';
import { Ssm } from './ssm/ssm';
import { StepFunctions } from './stepfunctions/step-functions';
import { Clock } from './time/clock';
import { WireServer } from './wire/server';
import { SchemaService } from './wire/service';

export interface LocalAwsOptions {
  /** The number of its seconds in one second of the machine; 60 by default. */
  readonly speed?: number;
  /** 123456789012 by default. */
  readonly account?: string;
  /** us-east-1 by default. */
  readonly region?: string;
  readonly switches?: Ec2Options['switches'];
  readonly cloudFormationSwitches?: Partial<CloudFormationSwitches>;
  /** The maximum number of processes of one function; 4 by default. */
  readonly maxProcesses?: number;
  /** The milliseconds of the machine that every invocation has at least, whatever the function's timeout; 20,000 by default. */
  readonly minInvocationMs?: number;
  /** The port on loopback; a free one by default. */
  readonly port?: number;
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
        lambdaApi(aws.lambda, aws.iam),
        aws.stepFunctions.service,
        aws.answers.service,
        ...commandLineServices({ ...aws, logGroups: aws.lambda.logStore }),
      ],
      principal: (accessKeyId, region, service) => aws.iam.principal(accessKeyId, region, service),
      checkRegion: (service, region) => aws.regions.check(service, region),
      faults: aws.faults,
      log: aws.log,
      clock: aws.clock,
      port: options.port,
    });
    return aws;
  }

  public readonly account: string;
  public readonly region: string;
  public readonly clock: Clock;
  public readonly faults = new Faults();
  public readonly log = new CallLog();
  public readonly regions = new Regions();
  public readonly organization = new Organization();
  public readonly iam = new Iam(this.organization);
  public readonly autoScaling: AutoScaling;
  public readonly kms: Kms;
  public readonly ec2: Ec2;
  public readonly lambda: Lambda;
  public readonly stepFunctions: StepFunctions;
  public readonly ssm: Ssm;
  public readonly buckets: S3Buckets;
  public readonly answers = new CustomResourceResponses();
  public readonly cloudFormation: CloudFormation;
  /** Behavior that AWS does not document. Tests can change it at any time. */
  public readonly cloudFormationSwitches: CloudFormationSwitches;
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
    const { clock, account, region, iam } = this;
    this.kms = new Kms({ clock, authorizer: iam, account, region });
    this.ec2 = new Ec2({
      clock,
      kms: this.kms,
      authorizer: iam,
      account,
      region,
      switches: options.switches,
      serviceLinkedRoles: iam,
      instanceProfileArn: (owner, nameOrArn) => iam.instanceProfileArn(owner, nameOrArn),
      checkTags: (owner, resourceType, tags) => this.organization.checkTags(owner, resourceType, tags),
      organizationArnsOf: owner => this.organization.arnsOf(owner),
      imageParameter: (place, name) => {
        const parameter = this.ssm.stored(place, name);
        return parameter && { ...parameter, isPublic: false };
      },
    });
    this.autoScaling = new AutoScaling({
      clock, roles: iam, ec2: (environment, credentials) => new EC2Client({ endpoint: this.url, region: environment.region, credentials }),
    });
    this.buckets = new S3Buckets(clock);
    const principalOf = (roleArn: string) => iam.principal(iam.credentials(roleArn).accessKeyId);
    this.lambda = new Lambda({
      clock,
      authorizer: iam,
      principalOf,
      url: () => this.url,
      credentials: roleArn => iam.credentials(roleArn),
      maxProcesses: options.maxProcesses,
      minInvocationMs: options.minInvocationMs,
    });
    this.stepFunctions = new StepFunctions({
      clock,
      authorizer: iam,
      principalOf,
      kms: this.kms,
      invoke: (arn, payload) => this.lambda.invoke(arn, payload),
      // longer than what the function itself has on this machine
      minTaskMs: (options.minInvocationMs ?? 20_000) + 5000,
    });
    this.ssm = new Ssm({
      clock,
      authorizer: iam,
      publicParameter: (place, name) => this.ec2.publicParameters(place)[name],
      imageExists: (_place, imageId) => this.ec2.image(imageId)?.state === 'available',
    });
    this.custom = new CustomResource({
      clock,
      answers: this.answers,
      invoke: (arn, payload) => this.lambda.invokeAsync(arn, payload),
      waitWhenCanceled: () => this.cloudFormationSwitches.canceledRequest === 'wait',
      showReasonOfSuccess: () => this.cloudFormationSwitches.reasonOfSuccess === 'shown',
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
  public environment(defaults: Partial<Environment> = {}): Record<string, string> {
    const { credentials, region } = this.clientOptions(defaults);
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
    if (request.assetDirectory !== undefined) {
      this.assetDirectories.add(resolve(request.assetDirectory));
    }
    return deployStack(this.cloudFormation, this.withDefaults(request), request);
  }

  /** Deletes a stack and waits until the operation has finished. */
  public async destroy(stackName: string, environment: Partial<Environment> = {}): Promise<StackResult> {
    return destroyStack(this.cloudFormation, this.withDefaults(environment), stackName);
  }

  /** Restores the initial state, except for the time and the address. */
  public async reset(): Promise<void> {
    this.faults.clear();
    this.regions.reset();
    this.cloudFormation.reset();
    this.answers.reset();
    this.stepFunctions.reset();
    await this.lambda.reset();
    this.autoScaling.reset();
    this.organization.reset();
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
    this.stepFunctions.reset();
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

  private withDefaults({ account = this.account, region = this.region }: Partial<Environment>): Environment {
    return { account, region };
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

function zonesOf(region: string): string[] {
  return ['a', 'b', 'c'].map(letter => `${region}${letter}`);
}
