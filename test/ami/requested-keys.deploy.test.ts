import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { CfnOutput, Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Call } from '../../local-aws/aws-call';
import { arnOf } from '../../local-aws/kms/key';
import { AmiVolume, EncryptedAmiCopy, InstanceAmi, MultiKeyAmiBuilder, AmiBuildMethod } from '../../src';
import { Deployment, imageWithId, keyWithArn, NOTHING } from '../helpers/deployment';
import { sample } from '../setup/nightly';

/**
 * Each key that was asked for reached its device, or the deployment fails and leaves nothing, whatever EC2 did with the request. Plain tests of the
 * verification hold each kind of snapshot.
 */

let account: Deployment;
let source: string;
let key: string;
let other: string;
let instanceId: string;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(async () => {
  [key, other] = [1, 2].map(() => arnOf(account.aws.kms.addKey()));
  source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }, { deviceName: '/dev/sdb', size: 3 }] }).id;
  const client = new EC2Client(account.aws.clientOptions());
  const { Instances } = await client.send(new RunInstancesCommand({ ImageId: source, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
  instanceId = Instances![0].InstanceId!;
  account.aws.clock.advance(30_000);
});
afterEach(() => account.reset());
afterAll(() => account.stop());

interface Encryption { Encrypted?: boolean; KmsKeyId?: string }
type Fail = (encryption: Encryption) => void;
const lose: Fail = encryption => {
  delete encryption.Encrypted;
  delete encryption.KmsKeyId;
};
const confuse: Fail = encryption => {
  encryption.KmsKeyId = other;
};

/** The encryption that EC2 then treats differently: that of the request, or of one device in it. */
const ofRequest = ({ input }: Call) => [input as Encryption];
const ofDevice = (name: string) => ({ input }: Call) => {
  const mappings = input.BlockDeviceMappings as { DeviceName: string; Ebs: Encryption }[];
  return mappings.filter(({ DeviceName }) => DeviceName === name).map(({ Ebs }) => Ebs);
};

const copy = (stack: Stack) => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: imageWithId(source), encryptionKey: keyWithArn(stack, key) });
const ofInstance = (stack: Stack) => new InstanceAmi(stack, 'Ami', {
  instance: ec2.CfnInstance.fromInstanceId(stack, 'Existing', instanceId), encryptionKey: keyWithArn(stack, key),
});
const build = (buildMethod: AmiBuildMethod) => (stack: Stack) => {
  const encryptionKey = keyWithArn(stack, key);
  return new MultiKeyAmiBuilder(stack, 'Ami', {
    sourceImage: imageWithId(source),
    buildMethod,
    rootVolume: { encryptionKey },
    blockDevices: [
      { deviceName: '/dev/sdb', volume: AmiVolume.fromSource({ encryptionKey }) },
      { deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey }) },
    ],
  });
};
const [byInstance, bySnapshots] = [AmiBuildMethod.LAUNCH_INSTANCE, AmiBuildMethod.COPY_SNAPSHOTS].map(build);

type Case = [string, (stack: Stack) => { readonly imageId: string }, string, (call: Call) => Encryption[], string];
const cases: Case[] = [
  ['a copy', copy, 'CopyImage', ofRequest, '/dev/xvda'],
  ['an image of an instance', ofInstance, 'CopyImage', ofRequest, '/dev/xvda'],
  ['the root of a builder', byInstance, 'RunInstances', ofDevice('/dev/xvda'), '/dev/xvda'],
  ['a device of a builder', byInstance, 'RunInstances', ofDevice('/dev/sdb'), '/dev/sdb'],
  ['a copied snapshot', bySnapshots, 'CopySnapshot', ofRequest, '/dev/xvda'],
];
const volumes: Case[] = [
  ['a new volume of a builder', byInstance, 'CreateVolume', ofRequest, '/dev/sdf'],
  ['a new volume without a builder', bySnapshots, 'CreateVolume', ofRequest, '/dev/sdf'],
];

test.each(sample([
  ...cases.map((one): [string, ...Case] => ['no key', ...one]),
  ...[...cases, ...volumes].map((one): [string, ...Case] => ['another key', ...one]),
], 5))('%s for %s', async (wrong, _title, define, action, encryptions, device) => {
  account.aws.faults.add({
    matches: call => {
      const isMeant = call.action === action && call.principal.roleArn !== undefined;
      if (isMeant) {
        encryptions(call).forEach(wrong === 'no key' ? lose : confuse);
      }
      return isMeant;
    },
  });
  // the other key may be used as well: what is wrong is only that nobody asked for it
  const { status, failures } = await account.deploy(stack => {
    new CfnOutput(stack, 'ImageId', { value: define(stack).imageId });
    new EncryptedAmiCopy(stack, 'Other', { sourceImage: imageWithId(source), encryptionKey: keyWithArn(stack, other) })
      .node.addDependency(stack.node.findChild('Ami'));
  });
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures).toHaveLength(1);
  expect(failures[0]).toMatch(new RegExp(
    `The snapshot snap-\\w+ \\(${device}\\) of the AMI ami-\\w+ is ${wrong === 'no key' ? 'unencrypted' : `encrypted with ${other}`}, but should be encrypted with ${key}`));
  account.aws.clock.advance(60 * 60_000);
  expect(account.aws.ec2.counts()).toEqual({ ...NOTHING, volumes: 2, instances: 1 });
});
