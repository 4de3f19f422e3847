import { App, Stack } from 'aws-cdk-lib';
import { ConstructCase, createSources, defineAmi, Sources } from './constructs';
import { Counts } from '../../local-aws/ec2/ec2';
import { MISBEHAVIORS, MisbehaviorName } from '../../local-aws/ec2/misbehavior/kinds';
import { RESOURCE_TYPES } from '../../src/contract';
import { DirectHandler } from '../helpers/direct-handler';

/** The end of a request for an AMI by an EC2 that misbehaves. */
export interface CellResult {
  readonly status: string;
  readonly reason: string;
  readonly data: Readonly<Record<string, string>>;
  /** The resources that exist beyond those of the start. */
  readonly counts: Counts;
}

/** More than an hour has. */
const MAX_STEPS = 2_000;

/** Takes all steps of the request of a construct, in the process of the test. The handler has to be new. */
export async function runCell(handler: DirectHandler, construct: ConstructCase, names: readonly MisbehaviorName[]): Promise<CellResult> {
  const { aws } = handler;
  const sources = await createSources(aws);
  const before = aws.ec2.counts();
  const { type, properties } = customResourceOf(construct, sources);
  const carried = handler.begin(type, properties);
  names.forEach(name => aws.ec2.misbehaviors.add(MISBEHAVIORS[name], construct.isMeant));
  for (let taken = 0; taken < MAX_STEPS; taken += 1) {
    const { answer, wait } = await handler.step(carried);
    if (answer) {
      return { status: answer.status, reason: answer.reason ?? '', data: answer.data ?? {}, counts: difference(aws.ec2.counts(), before) };
    }
    aws.clock.advance(wait! * 1_000);
  }
  throw new Error(`no answer after ${MAX_STEPS} steps`);
}

/** The properties that CloudFormation sends: all values are text. Synthesized once, and then with the sources of this cell. */
function customResourceOf(construct: ConstructCase, sources: Sources): CustomResource {
  const template = synthesized.get(construct) ?? JSON.stringify(synthesize(construct, PLACEHOLDERS));
  synthesized.set(construct, template);
  const names = Object.keys(PLACEHOLDERS) as (keyof Sources)[];
  return JSON.parse(names.reduce((text, name) => text.replaceAll(PLACEHOLDERS[name], sources[name]), template)) as CustomResource;
}

interface CustomResource {
  readonly type: string;
  readonly properties: Record<string, unknown>;
}

const keyArn = (digit: string) => `arn:aws:kms:us-east-1:123456789012:key/${digit.repeat(8)}-0000-0000-0000-000000000000`;
const PLACEHOLDERS: Sources = {
  imageId: 'ami-11111111111111111',
  remoteImageId: 'ami-22222222222222222',
  instanceId: 'i-33333333333333333',
  rootKey: keyArn('4'),
  dataKey: keyArn('5'),
  securityGroupId: 'sg-66666666666666666',
};
const synthesized = new Map<ConstructCase, string>();

function synthesize(construct: ConstructCase, sources: Sources): CustomResource {
  const app = new App({ analyticsReporting: false, treeMetadata: false, stackTraces: false });
  const stack = new Stack(app, 'Images', { env: { account: '123456789012', region: 'us-east-1' } });
  defineAmi(construct, stack, sources);
  const { Resources } = app.synth().getStackByName('Images').template as { Resources: Record<string, { Type: string; Properties: Record<string, unknown> }> };
  const { Type: type, Properties } = Object.values(Resources).find(({ Type }) => Object.values<string>(RESOURCE_TYPES).includes(Type))!;
  const { ServiceToken, ServiceTimeout, ...properties } = Properties;
  void [ServiceToken, ServiceTimeout];
  return { type, properties: textsOf(properties, sources) as Record<string, unknown> };
}

function textsOf(value: unknown, sources: Sources): unknown {
  if (Array.isArray(value)) {
    return value.map(one => textsOf(one, sources));
  }
  if (typeof value !== 'object' || value === null) {
    return String(value);
  }
  // the security group of the builder instance
  return 'Fn::GetAtt' in value ? sources.securityGroupId : Object.fromEntries(Object.entries(value).map(([name, one]) => [name, textsOf(one, sources)]));
}

function difference(now: Counts, before: Counts): Counts {
  return {
    images: now.images - before.images,
    snapshots: now.snapshots - before.snapshots,
    volumes: now.volumes - before.volumes,
    instances: now.instances - before.instances,
  };
}
