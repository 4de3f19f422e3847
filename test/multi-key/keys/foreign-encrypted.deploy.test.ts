import { EC2Client, ModifyEbsDefaultKmsKeyIdCommand } from '@aws-sdk/client-ec2';
import { Size } from 'aws-cdk-lib';
import { arnOf } from '../../../local-aws/kms/key';
import { AmiBuildMethod, AmiVolume } from '../../../src';
import { buildOf, Deployment, imageWithId, keyWithArn } from '../../helpers/deployment';

/** The root of another account is encrypted, and no key was requested for it: it gets the default key, whatever that is. */

const OTHER_ACCOUNT = '210987654321';
let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

describe.each([[AmiBuildMethod.COPY_SNAPSHOTS], [AmiBuildMethod.LAUNCH_INSTANCE]])('by %s', buildMethod => {
  test.each(['aws/ebs', 'a customer managed key'])('the default key is %s', async kind => {
    const { kms, ec2, account: self } = account.aws;
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [OTHER_ACCOUNT, self].map(id => ({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${id}:root` }, Action: 'kms:*', Resource: '*' })),
    });
    const [theirs, added, mine] = [arnOf(kms.addKey({ account: OTHER_ACCOUNT, policy })), arnOf(kms.addKey()), arnOf(kms.addKey())];
    if (kind !== 'aws/ebs') {
      await new EC2Client(account.aws.clientOptions()).send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: mine }));
    }
    const image = ec2.addImage({ account: OTHER_ACCOUNT, name: 'theirs', devices: [{ deviceName: '/dev/xvda', size: 2, kmsKeyId: theirs }] });
    ec2.shareImage(image, self);
    ec2.shareSnapshots(image, self);
    const { status, failures, outputs } = await account.deploy(buildOf(stack => ({
      sourceImage: imageWithId(image.id),
      buildMethod,
      sourceEncryptionKeys: [keyWithArn(stack, theirs), ...kind === 'aws/ebs' ? [] : [keyWithArn(stack, mine)]],
      blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, added) }) }],
    })));
    expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
    const keys = ec2.image(outputs.ImageId)!.devices.map(({ ebs }) => ec2.snapshot(ebs!.snapshotId!)!.kmsKeyId);
    expect(keys).toEqual([kind === 'aws/ebs' ? arnOf(kms.ebsKey({ account: self, region: 'us-east-1' })) : mine, added]);
  });
});
