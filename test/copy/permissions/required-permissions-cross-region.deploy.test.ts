import { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { arnOf } from '../../../local-aws/kms/key';
import { EncryptedAmiCopy } from '../../../src';
import { Deployment, imageIn, imageWithId, NOTHING, Template, withoutStatement } from '../../helpers/deployment';
import { statementsOf } from '../../helpers/stacks';

/** The statements of a copy from another Region, and of an image that is backed by S3: without any of them, such a copy fails. */

const THERE = 'eu-west-1';
/** Each with what a failure says. A key that may not be used is found out about late, by what became of the image. */
const STATEMENTS = [
  ['ReadBootDataFrom', /ec2:DescribeImageAttribute on resource: arn:aws:ec2:eu-west-1::image/],
  ['EbsKeyMetadataFrom', /kms:DescribeKey on resource: arn:aws:kms:eu-west-1:/],
  ['SourceKeyUseFromEuWest1', /A key could not be used/],
  ['KeyGrantFromEuWest1', /A key could not be used/],
  ['ListBuckets', /s3:ListAllMyBuckets/],
  ['BundleBucket', /s3:CreateBucket/],
  ['ReadBundle', /s3:GetObject on resource: arn:aws:s3:::bundles/],
  ['WriteBundle', /s3:Put\w+ on resource: arn:aws:s3:::amis-for-/],
] as const;

let account: Deployment;
let goldenKey: string;
let sources: Record<'golden' | 'secure' | 'legacy', string>;

beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  const { aws } = account;
  const place = { account: aws.account, region: THERE };
  goldenKey = arnOf(aws.kms.addKey(place));
  const ebsKey = arnOf(aws.kms.ebsKey(place));
  sources = {
    golden: aws.ec2.addImage({ ...place, name: 'golden', devices: [{ deviceName: '/dev/xvda', size: 1, kmsKeyId: goldenKey }] }).id,
    secure: aws.ec2.addImage({ ...place, name: 'secure', bootMode: 'uefi', uefiData: 'AAAA', devices: [{ deviceName: '/dev/xvda', size: 1, kmsKeyId: ebsKey }] }).id,
    legacy: aws.ec2.addImage({ name: 'legacy', instanceStore: true }).id,
  };
});
afterEach(() => account.reset());
afterAll(() => account.stop());

function copies(stack: Stack): void {
  const from = (imageId: string) => ({ sourceImage: imageIn(THERE, imageId), sourceRegion: THERE });
  const encryptionKey = new kms.Key(stack, 'Key');
  new EncryptedAmiCopy(stack, 'Golden', { ...from(sources.golden), sourceEncryptionKeys: [kms.Key.fromKeyArn(stack, 'GoldenKey', goldenKey)], encryptionKey });
  new EncryptedAmiCopy(stack, 'Secure', { ...from(sources.secure), encryptionKey });
  new EncryptedAmiCopy(stack, 'Legacy', {
    sourceImage: imageWithId(sources.legacy), preserveEncryption: true, sourceBucket: s3.Bucket.fromBucketName(stack, 'Bundles', 'bundles'),
  });
}

/** Create and destroy: what of it does not end well. */
async function life(edit: (template: Template) => void = () => undefined): Promise<readonly string[]> {
  const created = await account.deploy(copies, 'Images', edit);
  const destroyed = await account.destroy();
  return [...created.failures, ...destroyed.failures];
}

test('with all statements, each is made and removed', async () => {
  expect(await life()).toEqual([]);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});

test.each(STATEMENTS)('without %s, a copy fails', async (sid, reason) => {
  expect((await life(withoutStatement(sid))).join('\n')).toMatch(reason);
});

test('these are all statements that other copies do not have', () => {
  const stack = new Stack(undefined, 'Images');
  copies(stack);
  const home = new Stack(undefined, 'Home');
  const encryptionKey = new kms.Key(home, 'Key');
  new EncryptedAmiCopy(home, 'Golden', { sourceImage: imageWithId(sources.legacy), encryptionKey });
  new EncryptedAmiCopy(home, 'Legacy', { sourceImage: imageWithId(sources.legacy), preserveEncryption: true });
  const ofOthers = Object.keys(statementsOf(home));
  expect(Object.keys(statementsOf(stack)).filter(sid => !ofOthers.includes(sid)).sort()).toEqual(STATEMENTS.map(([sid]) => sid as string).sort());
});
