import { CfnOutput } from 'aws-cdk-lib';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { ConstructCase, CONSTRUCTS, createSources, defineAmi } from './constructs';
import { expectationOf, misbehaviorsOf } from './expectations';
import { MISBEHAVIORS, MisbehaviorName } from '../../local-aws/ec2/misbehavior/kinds';
import { Deployment, reasonIn } from '../helpers/deployment';
import { sample } from '../setup/nightly';

/** An EC2 that does not do what was requested: what a stack and the consumers of its AMI see of it. */

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

const CELLS = (Object.keys(MISBEHAVIORS) as MisbehaviorName[])
  // an AMI that EC2 does not show is waited for until the timeout
  .filter(name => name !== 'anotherSource')
  .flatMap(name => CONSTRUCTS.map((construct): [MisbehaviorName, string, ConstructCase] => [name, construct.name, construct]));

/** Divides the cells, so that the nightly run can take a part of them at a time. */
const [part, parts] = (process.env.MISBEHAVIOR_PART ?? '1/1').split('/').map(Number);

test.each(sample(CELLS, 4).filter((_cell, index) => index % parts === part - 1))('%s: %s', async (name, _title, construct) => {
  const { aws } = account;
  const { status, sentence, images = 1 } = expectationOf(name, construct);
  const sources = await createSources(aws);
  const before = aws.ec2.counts();
  misbehaviorsOf(name).forEach(one => aws.ec2.misbehaviors.add(MISBEHAVIORS[one], construct.isMeant));
  aws.cloudFormationSwitches.reasonOfSuccess = 'shown';
  const result = await account.deploy(stack => {
    const ami = defineAmi(construct, stack, sources);
    new ssm.StringParameter(stack, 'Consumer', { stringValue: ami.imageId });
    new CfnOutput(stack, 'ImageId', { value: ami.imageId });
  });
  const consumers = result.events.filter(({ ResourceType, ResourceStatus }) => ResourceType === 'AWS::SSM::Parameter' && ResourceStatus === 'CREATE_COMPLETE');
  if (status === 'FAILED') {
    expect(result.failures.map(failure => reasonIn(failure))).toContainEqual(expect.stringMatching(sentence!));
    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(consumers).toEqual([]);
    expect(aws.ec2.counts()).toEqual(before);
    return;
  }
  expect(result).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(consumers).toHaveLength(1);
  expect(aws.ec2.counts()).toMatchObject({ images: before.images + images, volumes: before.volumes, instances: before.instances });
  const event = result.events.find(({ ResourceStatus, ResourceType }) => ResourceType?.startsWith('Custom::') && ResourceStatus === 'CREATE_COMPLETE');
  expect(event?.ResourceStatusReason ?? '').toMatch(sentence ?? /^$/);
  if (name === 'imdsDropped' && construct.name !== 'AMI of an instance') {
    expect(aws.ec2.image(result.outputs.ImageId)!.imdsSupport).toBe('v2.0');
  }
});
