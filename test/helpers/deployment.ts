import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { App, AppProps, CfnOutput, Stack, StackProps, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { Statement, orDefaultKey } from './stacks';
import { StackResult } from '../../local-aws/deployment';
import { Fault } from '../../local-aws/fault-injection';
import { LocalAws, LocalAwsOptions } from '../../local-aws/local-aws';
import { EncryptedAmiCopy, MultiKeyAmiBuilder, MultiKeyAmiBuilderProps } from '../../src';

const STACK = 'Images';

/** A synthesized template, as far as tests look into it. */
export interface Template {
  readonly Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
}

/** An account of the local AWS, with a stack that is synthesized, deployed, changed and destroyed for real. */
export class Deployment {
  /** 240 seconds of it in one of ours: a copy of a minute takes no longer than its calls do. */
  public static async start(options: LocalAwsOptions = {}): Promise<Deployment> {
    return new Deployment(await LocalAws.start({ speed: 240, ...options }));
  }

  private readonly directories: string[] = [];

  private constructor(public readonly aws: LocalAws) {}

  /** Creates or updates the stack with what `define` puts into it, and `edit` makes of the template. */
  public async deploy(define: (stack: Stack) => void, stackName = STACK, edit: (template: Template) => void = () => undefined): Promise<StackResult> {
    return this.deployed(this.synth(define, stackName), stackName, edit);
  }

  /** The same with `cdk deploy --no-rollback`. */
  public async deployWithoutRollback(define: (stack: Stack) => void): Promise<StackResult> {
    const assembly = this.synth(define, STACK);
    return this.aws.deploy({
      stackName: STACK, template: assembly.getStackByName(STACK).template as object, assetDirectory: assembly.directory, disableRollback: true,
    });
  }

  /** The same for a stack that knows its account and Region, in an app with a context: what was looked up before. */
  public async deployWithContext(define: (stack: Stack) => void, context: Readonly<Record<string, unknown>>): Promise<StackResult> {
    return this.deployed(this.synthWithContext(define, context), STACK);
  }

  public synthWithContext(define: (stack: Stack) => void, context: Readonly<Record<string, unknown>>): CloudAssembly {
    return this.synth(define, STACK, { context }, { env: { account: this.aws.account, region: this.aws.region } });
  }

  public destroy(stackName = STACK): Promise<StackResult> {
    return this.aws.destroy(stackName);
  }

  /** Everything as at the start; processes of the functions end. Fails if nothing matched an injected fault: a test with it shows nothing. */
  public async reset(): Promise<void> {
    const unused = [...this.aws.faults.unused(), ...this.aws.lambda.faults.unused()];
    await this.aws.reset();
    if (unused.length > 0) {
      throw new Error(`no call or invocation matched the faults ${unused.map(({ matches }) => String(matches)).join(', ')}`);
    }
    this.directories.splice(0).forEach(directory => rmSync(directory, { recursive: true, force: true }));
  }

  public async stop(): Promise<void> {
    await this.aws.stop();
    this.directories.splice(0).forEach(directory => rmSync(directory, { recursive: true, force: true }));
  }

  private synth(define: (stack: Stack) => void, stackName: string, appProps: AppProps = {}, stackProps: StackProps = {}): CloudAssembly {
    const outdir = mkdtempSync(path.join(tmpdir(), 'deployment-'));
    this.directories.push(outdir);
    const app = new App({ outdir, analyticsReporting: false, treeMetadata: false, stackTraces: false, ...appProps });
    define(new Stack(app, stackName, stackProps));
    return app.synth();
  }

  private deployed(assembly: CloudAssembly, stackName: string, edit: (template: Template) => void = () => undefined): Promise<StackResult> {
    const template = assembly.getStackByName(stackName).template as Template;
    edit(template);
    return this.aws.deploy({ stackName, template, assetDirectory: assembly.directory });
  }
}

/** The handler's message in the stack event of a failure, without its last sentence, which names the log group. A message without that stays an event. */
export function reasonIn(failure: string): string {
  return /Message returned: (.*) The log is in the log group [\w-]+\. \(RequestId: [0-9a-f-]+\)$/s.exec(failure)?.[1] ?? failure;
}

/** A machine image with an id of the local EC2. */
export function imageWithId(imageId: string, osType = ec2.OperatingSystemType.LINUX): ec2.IMachineImage {
  return { getImage: () => ({ imageId, osType, userData: ec2.UserData.forOperatingSystem(osType) }) };
}

/** A key of the local KMS, imported once however often it is asked for. */
export function keyWithArn(stack: Stack, arn: string): kms.IKey {
  const id = `Key-${arn.split('/').pop()}`;
  return stack.node.tryFindChild(id) as kms.IKey | undefined ?? kms.Key.fromKeyArn(stack, id, arn);
}

/** A build whose image's id is an output. */
export function buildOf(props: (stack: Stack) => MultiKeyAmiBuilderProps) {
  return (stack: Stack) => {
    const ami = new MultiKeyAmiBuilder(stack, 'Ami', props(stack));
    new CfnOutput(stack, 'ImageId', { value: ami.imageId });
  };
}

/** An image of a Region, by its id there. */
export function imageIn(region: string, imageId: string): ec2.IMachineImage {
  return { getImage: scope => Stack.of(scope).region === region ? imageWithId(imageId).getImage(scope) : imageOfHome(imageId, region, scope) };
}

/** A stack whose Region is not known is in the Region that it is deployed to. */
function imageOfHome(imageId: string, region: string, scope: Construct): ec2.MachineImageConfig {
  if (!Token.isUnresolved(Stack.of(scope).region)) {
    throw new Error(`the image ${imageId} is of ${region}`);
  }
  return imageWithId(imageId).getImage(scope);
}

/** A copy whose id is an output. */
export function copyOf(imageId: string, props: Partial<ConstructorParameters<typeof EncryptedAmiCopy>[2]> | ((stack: Stack) => typeof props) = {}) {
  return (stack: Stack) => {
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(imageId), ...orDefaultKey(typeof props === 'function' ? props(stack) as object : props) });
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
  };
}

/** Does something at the moment of a call, which is then answered as ever. */
export function atCall(actions: readonly string[], effect: () => void): Fault {
  return {
    matches: ({ action }) => {
      const isMeant = actions.includes(action);
      if (isMeant) {
        effect();
      }
      return isMeant;
    },
  };
}

/** Takes a statement out of every policy of a template. */
export function withoutStatement(sid: string) {
  return (template: Template) => {
    for (const { Type, Properties } of Object.values(template.Resources)) {
      if (['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy'].includes(Type)) {
        const document = Properties.PolicyDocument as { Statement: Statement[] };
        document.Statement = document.Statement.filter(({ Sid }) => Sid !== sid);
      }
    }
  };
}

/** An account with only the resources that it had at the start. */
export const NOTHING = { images: 0, snapshots: 0, volumes: 0, instances: 0 };
