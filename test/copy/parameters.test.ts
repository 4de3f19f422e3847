import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { EncryptedAmiCopy } from '../../src';
import { Deployment } from '../deployment';

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

test('the sources of CDK that are known when the stack deploys are copied, and a newer image behind a parameter replaces the copy', async () => {
  const { aws } = account;
  const place = { account: aws.account, region: aws.region };
  const release = (name: string) => {
    const { id } = aws.ec2.addImage({ name, devices: [{ deviceName: '/dev/xvda', size: 4 }] });
    aws.ssm.put(place, { name: '/golden', type: 'String', value: id });
    return id;
  };
  const first = release('golden-1');
  const define = (stack: Stack) => {
    const sources = {
      Latest: ec2.MachineImage.latestAmazonLinux2023(),
      Generic: ec2.MachineImage.genericLinux({ [aws.region]: first }),
      Parameter: ec2.MachineImage.fromSsmParameter('/golden'),
    };
    for (const [name, source] of Object.entries(sources)) {
      new CfnOutput(stack, `${name}Id`, { value: new EncryptedAmiCopy(stack, name, { source }).imageId });
    }
  };
  const created = await account.deploy(define);
  expect(created.failures).toEqual([]);
  expect(aws.ec2.image(created.outputs.ParameterId)!.sourceImage!.id).toBe(first);
  expect(aws.ec2.image(created.outputs.LatestId)!.sourceImage!.id).toBe(aws.ec2.stock('al2023-x86_64').id);
  // WHEN
  const second = release('golden-2');
  const updated = await account.deploy(define);
  // THEN
  expect(updated.failures).toEqual([]);
  expect(aws.ec2.image(updated.outputs.ParameterId)!.sourceImage!.id).toBe(second);
  expect(updated.outputs.LatestId).toBe(created.outputs.LatestId);
  expect(updated.outputs.GenericId).toBe(created.outputs.GenericId);
  expect(aws.ec2.counts()).toEqual({ images: 3, snapshots: 3, volumes: 0, instances: 0 });
});
