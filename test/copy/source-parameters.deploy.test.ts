import { DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { MissingContext } from 'aws-cdk-lib/cloud-assembly-schema';
import { EncryptedAmiCopy } from '../../src';
import { Deployment } from '../helpers/deployment';

/** Every way in which CDK says which image it means, and when a newer one replaces the copy. */

const PARAMETER = '/golden';

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

/** A new version of the image, which the parameter then names. */
function release(name: string): string {
  const { aws } = account;
  const { id } = aws.ec2.addImage({ name, devices: [{ deviceName: '/dev/xvda', size: 1 }] });
  aws.ssm.put(aws, { name: PARAMETER, type: 'String', value: id });
  return id;
}

/** The context that the command line looks up for an app. */
async function lookUp({ key, provider, props }: MissingContext): Promise<[string, unknown]> {
  const { aws } = account;
  if (provider === 'ssm') {
    return [key, aws.ssm.value(aws, (props as { parameterName: string }).parameterName)];
  }
  const { owners, filters } = props as { owners?: string[]; filters: Record<string, string[]> };
  const client = new EC2Client(aws.clientOptions());
  const Filters = Object.entries(filters).map(([Name, Values]) => ({ Name, Values }));
  const { Images = [] } = await client.send(new DescribeImagesCommand({ Owners: owners, Filters }));
  return [key, Images.map(image => image.ImageId).at(-1)];
}

async function contextFor(define: (stack: Stack) => void): Promise<Record<string, unknown>> {
  const { missing = [] } = account.synthWithContext(define, {}).manifest;
  return Object.fromEntries(await Promise.all(missing.map(lookUp)));
}

test('every source of CDK is copied, and a newer image replaces the copy when the source means it', async () => {
  const { aws } = account;
  const first = release('golden-1');
  const sources = {
    Latest: ec2.MachineImage.latestAmazonLinux2023(),
    Generic: ec2.MachineImage.genericLinux({ 'eu-west-1': 'ami-0123456789abcdef0', [aws.region]: first }),
    Parameter: ec2.MachineImage.fromSsmParameter(PARAMETER),
    Cached: ec2.MachineImage.fromSsmParameter(PARAMETER, { cachedInContext: true }),
    Looked: ec2.MachineImage.lookup({ name: 'golden-?', owners: ['self'] }),
  };
  const define = (stack: Stack) => {
    for (const [name, source] of Object.entries(sources)) {
      new CfnOutput(stack, `${name}Id`, { value: new EncryptedAmiCopy(stack, name, { sourceImage: source, useDefaultKey: true }).imageId });
    }
  };
  /** The source of each copy, as EC2 has it. */
  const copied = (outputs: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.keys(sources).map(name => [name, aws.ec2.image(outputs[`${name}Id`])!.sourceImage!.id]));
  const latest = aws.ec2.seedImage('al2023-x86_64').id;

  const context = await contextFor(define);
  expect(Object.keys(context)).toHaveLength(2);
  const created = await account.deployWithContext(define, context);
  expect(created.failures).toEqual([]);
  expect(copied(created.outputs)).toEqual({ Latest: latest, Generic: first, Parameter: first, Cached: first, Looked: first });

  // WHEN there is a newer image
  const second = release('golden-2');
  const updated = await account.deployWithContext(define, context);
  // THEN what CloudFormation looks up is replaced, and nothing else
  expect(updated.failures).toEqual([]);
  expect(copied(updated.outputs)).toEqual({ Latest: latest, Generic: first, Parameter: second, Cached: first, Looked: first });
  expect({ ...updated.outputs, ParameterId: undefined }).toEqual({ ...created.outputs, ParameterId: undefined });

  // WHEN the context is cleared too
  const renewed = await account.deployWithContext(define, await contextFor(define));
  // THEN so is what was looked up before
  expect(renewed.failures).toEqual([]);
  expect(copied(renewed.outputs)).toEqual({ Latest: latest, Generic: first, Parameter: second, Cached: second, Looked: second });
  expect(renewed.outputs.ParameterId).toBe(updated.outputs.ParameterId);
  expect(aws.ec2.counts()).toEqual({ images: 5, snapshots: 5, volumes: 0, instances: 0 });
});
