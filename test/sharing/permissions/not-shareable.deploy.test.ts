import { RunInstancesCommand, EC2Client, EnableEbsEncryptionByDefaultCommand } from '@aws-sdk/client-ec2';
import { Stack, Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { arnOf } from '../../../local-aws/kms/key';
import { AmiBuildMethod, AmiVolume, EncryptedAmiCopy, InstanceAmi, MultiKeyAmiBuilder } from '../../../src';
import { Deployment, imageWithId, keyWithArn } from '../../helpers/deployment';
import { addImage, ORGANIZATION, UNIT, X } from '../../helpers/sharing';

/** An AMI that can never be shared is refused before anything is created. */

let account: Deployment;
let client: EC2Client;
beforeAll(async () => {
  account = await Deployment.start();
  client = new EC2Client(account.aws.clientOptions());
});
afterEach(() => account.reset());
afterAll(() => account.stop());

type Ami = EncryptedAmiCopy | MultiKeyAmiBuilder | InstanceAmi;

const HOW: Readonly<Record<string, (ami: Ami) => void>> = {
  'accounts': ami => ami.shareWithAccounts(X),
  'organizations': ami => ami.shareWithOrganizations(ORGANIZATION),
  'organizational units': ami => ami.shareWithOrganizationalUnits(UNIT),
};

const MAKING = ['CopyImage', 'CopySnapshot', 'CreateImage', 'CreateVolume', 'RunInstances', 'RegisterImage'];
const made = () => MAKING.filter(action => account.aws.log.of(`ec2:${action}`).some(({ principalArn }) => principalArn.includes('assumed-role')));

async function refused(define: (stack: Stack) => Ami, share: (ami: Ami) => void, device = '/dev/xvda'): Promise<void> {
  const { status, failures } = await account.deploy(stack => share(define(stack)));
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures.join()).toMatch('The AMI cannot be shared with ');
  expect(failures.join()).toContain(`because the snapshot of ${device} would be encrypted with the AWS managed key aws/ebs, which nobody else can use.`);
  expect(made()).toEqual([]);
}

test.each(Object.keys(HOW))('a copy with the default key aws/ebs, with %s', async how => {
  const source = addImage(account, 'source').id;
  await refused(stack => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: imageWithId(source), useDefaultKey: true }), HOW[how]);
});

test('a copy that preserves the encryption of a device with aws/ebs', async () => {
  const kmsKeyId = arnOf(account.aws.kms.ebsKey());
  const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda' }, { deviceName: '/dev/sdb', kmsKeyId }] }).id;
  await refused(stack => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: imageWithId(source), preserveEncryption: true }), HOW.organizations, '/dev/sdb');
});

test('a copy that preserves, where the account encrypts by default', async () => {
  await client.send(new EnableEbsEncryptionByDefaultCommand({}));
  const source = addImage(account, 'source').id;
  await refused(stack => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: imageWithId(source), preserveEncryption: true }), HOW.accounts);
});

test.each(Object.values(AmiBuildMethod))('a build whose root stays encrypted with aws/ebs: %s', async buildMethod => {
  const kmsKeyId = arnOf(account.aws.kms.ebsKey());
  const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', kmsKeyId }] }).id;
  const key = arnOf(account.aws.kms.addKey());
  await refused(stack => new MultiKeyAmiBuilder(stack, 'Ami', {
    sourceImage: imageWithId(source),
    blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, key) }) }],
    buildMethod,
  }), HOW.accounts);
});

test('an AMI of an instance whose volume is encrypted with aws/ebs', async () => {
  const kmsKeyId = arnOf(account.aws.kms.ebsKey());
  const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', kmsKeyId }] }).id;
  const { Instances } = await client.send(new RunInstancesCommand({ ImageId: source, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
  account.aws.clock.advance(60_000);
  await refused(stack => new InstanceAmi(stack, 'Ami', { instance: ec2.CfnInstance.fromInstanceId(stack, 'Server', Instances![0].InstanceId!) }), HOW.organizations);
});

test('but not a copy that preserves, of a source that is not encrypted', async () => {
  const source = addImage(account, 'source').id;
  const { failures } = await account.deploy(stack => {
    new EncryptedAmiCopy(stack, 'Ami', { sourceImage: imageWithId(source), preserveEncryption: true }).shareWithAccounts(X);
  });
  expect(failures).toEqual([]);
});
