import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { arnOf } from '../../local-aws/kms/key';
import { AmiBuildMethod, AmiVolume, EncryptedAmiCopy, InstanceAmi, MultiKeyAmiBuilder } from '../../src';
import { Deployment, imageWithId, keyWithArn, NOTHING, Template } from '../helpers/deployment';

/** Who edits the properties of the custom resource, and not its policies, makes the handler do no more than the template declares. */

let account: Deployment;
let declared: string;
let secret: string;
let key: string;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  const devices = [{ deviceName: '/dev/xvda', size: 1 }];
  [declared, secret] = ['declared', 'private'].map(name => account.aws.ec2.addImage({ name, devices }).id);
  key = arnOf(account.aws.kms.addKey());
});
afterEach(() => account.reset());
afterAll(() => account.stop());

/** Sets properties of the AMI only. */
const edited = (properties: Record<string, unknown>) => ({ Resources }: Template) => {
  const [ami] = Object.values(Resources).filter(({ Type }) => Type.startsWith('Custom::'));
  expect(Object.keys(ami.Properties)).toEqual(expect.arrayContaining(Object.keys(properties)));
  Object.assign(ami.Properties, properties);
};

async function failureOf(define: (stack: Stack) => void, edit: (template: Template) => void): Promise<string> {
  const { status, failures } = await account.deploy(define, 'Images', edit);
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
  return failures.join('\n');
}

const copy = (stack: Stack) => void new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(declared), useDefaultKey: true });

test('another source is not copied', async () => {
  expect(await failureOf(copy, edited({ SourceImageId: secret }))).toContain(`ec2:CopyImage on resource: arn:aws:ec2:us-east-1::image/${secret}`);
});

test('the declared source is copied, also where the tags of the request count for it', async () => {
  account.aws.ec2.switches.requestTagsOnSource = true;
  expect((await account.deploy(copy)).failures).toEqual([]);
});

test('the reason has no encoded authorization message', async () => {
  const reason = await failureOf(copy, edited({ SourceImageId: secret }));
  expect(reason).toContain('no identity-based policy allows the ec2:CopyImage action');
  expect(reason).not.toContain('Encoded authorization failure message');
});

test('no builder instance is launched from another source', async () => {
  const build = (stack: Stack) => void new MultiKeyAmiBuilder(stack, 'Ami', { sourceImage: imageWithId(declared), rootVolume: { encryptionKey: keyWithArn(stack, key) } });
  expect(await failureOf(build, edited({ SourceImageId: secret }))).toContain(`ec2:RunInstances on resource: arn:aws:ec2:us-east-1::image/${secret}`);
});

test('the image of another instance is not created, and that of the declared one is copied with the key', async () => {
  const client = new EC2Client(account.aws.clientOptions());
  const { Instances = [] } = await client.send(new RunInstancesCommand({ ImageId: declared, InstanceType: 't3.small', MinCount: 2, MaxCount: 2 }));
  account.aws.clock.advance(30_000);
  const [own, other] = Instances.map(({ InstanceId }) => InstanceId!);
  const image = (stack: Stack) => void new InstanceAmi(stack, 'Ami', {
    instance: ec2.CfnInstance.fromInstanceId(stack, 'Server', own), encryptionKey: keyWithArn(stack, key),
  });
  const { failures } = await account.deploy(image, 'Images', edited({ InstanceId: other }));
  expect(failures.join()).toContain(`ec2:CreateImage on resource: arn:aws:ec2:us-east-1:123456789012:instance/${other}`);
  expect((await account.deploy(image, 'Others')).failures).toEqual([]);
});

test('CreateVolume is allowed for encrypted volumes only', async () => {
  const build = (stack: Stack) => void new MultiKeyAmiBuilder(stack, 'Ami', {
    sourceImage: imageWithId(declared),
    buildMethod: AmiBuildMethod.COPY_SNAPSHOTS,
    blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, key) }) }],
  });
  expect((await account.deploy(build)).failures).toEqual([]);
  const [{ principalArn }] = account.aws.log.of('ec2:CreateVolume');
  const roleArn = account.aws.iam.roleArns().find(arn => principalArn.includes(`/${arn.split('/').pop()}/`))!;
  const may = (encrypted: string) => account.aws.iam.allows(account.aws.iam.principal(account.aws.iam.credentials(roleArn).accessKeyId), {
    action: 'ec2:CreateVolume',
    resource: `arn:aws:ec2:us-east-1:${account.aws.account}:volume/*`,
    context: { 'ec2:Encrypted': encrypted, 'aws:RequestTag/cdk-encrypted-ami:owner': `${stackIdOf()}/Ami` },
  });
  expect([may('true'), may('false')]).toEqual([true, false]);
});

function stackIdOf(): string {
  const { TagSpecifications } = account.aws.log.of('ec2:CreateVolume')[0].input as { TagSpecifications: { Tags: { Key: string; Value: string }[] }[] };
  return TagSpecifications[0].Tags.find(({ Key }) => Key === 'cdk-encrypted-ami:owner')!.Value.split('/').slice(0, 3).join('/');
}

test('a bundle is not written to a bucket of another account that has the name', async () => {
  const legacy = account.aws.ec2.addImage({ name: 'legacy', instanceStore: true }).id;
  const bundledCopy = (stack: Stack) => void new EncryptedAmiCopy(stack, 'Copy', {
    sourceImage: imageWithId(legacy), preserveEncryption: true, sourceBucket: s3.Bucket.fromBucketName(stack, 'Bundles', 'bundles'),
  });
  account.aws.ec2.settings.bundleBucket.account = '999999999999';
  const { failures } = await account.deploy(bundledCopy);
  expect(failures.join('\n')).toMatch(/s3:Put\w+ on resource: arn:aws:s3:::amis-for-123456789012-in-us-east-1-/);
  account.aws.ec2.settings.bundleBucket.account = undefined;
  await account.destroy();
  expect((await account.deploy(bundledCopy)).failures).toEqual([]);
});
