import { DescribeImagesCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { copy, describedImage, snapshotsOf } from './calls';
import { aws, client } from './each-test';
import { MISBEHAVIORS } from '../../../local-aws/ec2/misbehavior/kinds';

/** An EC2 that does not do what was requested, when a test asks for it. The handler's tests have every kind of it. */

test('begins when the image is available, and only for the images that are meant', async () => {
  aws.ec2.misbehaviors.add(MISBEHAVIORS.noKey, image => image.name === 'meant');
  const [meant, other] = [await copy({ Name: 'meant', Encrypted: true }), await copy({ Name: 'other', Encrypted: true })];
  aws.clock.advance(10_000);
  expect(await snapshotsOf(await describedImage(meant))).toMatchObject([{ State: 'pending', Encrypted: true }]);
  aws.pass(2);
  expect(await snapshotsOf(await describedImage(meant))).toMatchObject([{ Encrypted: false }]);
  expect(await snapshotsOf(await describedImage(other))).toMatchObject([{ Encrypted: true }]);
});

test('answers in another order, to Describe calls alone', async () => {
  const ids = async () => (await client.send(new DescribeImagesCommand({ Owners: ['amazon'] }))).Images!.map(({ ImageId }) => ImageId);
  const before = await ids();
  aws.ec2.misbehaviors.add(MISBEHAVIORS.anotherOrder);
  expect(await ids()).toEqual([...before].reverse());
  const { Instances } = await client.send(new RunInstancesCommand({ ImageId: before[0], InstanceType: 't3.micro', MinCount: 2, MaxCount: 2 }));
  expect(Instances!.map(({ AmiLaunchIndex }) => AmiLaunchIndex)).toEqual([0, 1]);
});

test('ends with a reset', async () => {
  aws.ec2.misbehaviors.add(MISBEHAVIORS.anotherOrder);
  aws.ec2.misbehaviors.add(MISBEHAVIORS.partial);
  aws.ec2.reset();
  const { Images, NextToken } = await client.send(new DescribeImagesCommand({ Owners: ['amazon'], MaxResults: 100 }));
  expect([Images!.length > 1, NextToken]).toEqual([true, undefined]);
});
