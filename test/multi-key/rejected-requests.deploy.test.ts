import { CfnParameter, Size, Stack } from 'aws-cdk-lib';
import { AwsError } from '../../local-aws/aws-call';
import { arnOf } from '../../local-aws/kms/key';
import { MultiKeyAmiBuilderProps, AmiVolume, AmiBuildMethod } from '../../src';
import { atCall, buildOf, Deployment, imageWithId, keyWithArn, NOTHING, reasonIn } from '../helpers/deployment';

let account: Deployment;
let source: string;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 4 }, { deviceName: 'xvdb', size: 5 }] }).id;
});
afterEach(() => account.reset());
afterAll(() => account.stop());

const METHODS = [[AmiBuildMethod.LAUNCH_INSTANCE], [AmiBuildMethod.COPY_SNAPSHOTS]];
/** The calls that make something. */
const MAKING = ['RunInstances', 'CreateVolume', 'CopySnapshot', 'CreateSnapshot', 'CreateImage', 'RegisterImage'];
const made = () => account.aws.log.calls.filter(({ action, principalArn }) => MAKING.includes(action) && principalArn.includes('assumed-role')).map(({ action }) => action);
const newKey = () => arnOf(account.aws.kms.addKey());

/** Deploys a build that cannot be made, and gives the reason that the stack's event has. */
async function refusal(props: (stack: Stack) => Partial<MultiKeyAmiBuilderProps>): Promise<string> {
  const { status, failures } = await account.deploy(buildOf(stack => ({ sourceImage: imageWithId(source), ...props(stack) })));
  expect(status).toBe('ROLLBACK_COMPLETE');
  account.aws.clock.advance(24 * 60 * 60_000);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
  expect(failures).toHaveLength(1);
  return reasonIn(failures[0]);
}

describe.each(METHODS)('by %s, before anything is made', buildMethod => {
  afterEach(() => expect(made()).toEqual([]));

  test('a device that the source does not have', async () => {
    const arn = newKey();
    expect(await refusal(stack => ({ buildMethod, blockDevices: [{ deviceName: '/dev/sdz', volume: AmiVolume.fromSource({ encryptionKey: keyWithArn(stack, arn) }) }] }))).toBe(
      `\`blockDevices\` names /dev/sdz as a device of the source, but the source image ${source} has /dev/xvda, xvdb. Use one of these names.`);
  });

  test('a volume where the source has one', async () => {
    const arn = newKey();
    expect(await refusal(stack => ({ buildMethod, blockDevices: [{ deviceName: '/dev/sdb', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, arn) }) }] }))).toBe(
      `The volume /dev/sdb cannot be added: the source image ${source} already has xvdb, which is another name of the same device. Choose another \`deviceName\`, or leave that device out of the AMI.`);
  });

  test('a volume that is smaller than in the source', async () => {
    expect(await refusal(() => ({ buildMethod, blockDevices: [{ deviceName: '/dev/sdb', volume: AmiVolume.fromSource({ size: Size.gibibytes(4) }) }] }))).toBe(
      `The volume xvdb must have at least the 5 GiB that it has in the source image ${source}, but \`size\` is 4 GiB. Increase \`size\`, or remove it.`);
  });

  test('an image without a root', async () => {
    expect(await refusal(() => ({ buildMethod, blockDevices: [{ deviceName: '/dev/xvda', mappingEnabled: false }] }))).toBe(
      `The root device /dev/xvda of ${source} cannot be left out, because an AMI must have one. Remove it from \`blockDevices\`.`);
  });

  test('a key of one device that is disabled', async () => {
    const [good, bad] = [newKey(), arnOf(account.aws.kms.addKey({ state: 'Disabled' }))];
    expect(await refusal(stack => ({
      buildMethod,
      rootVolume: { encryptionKey: keyWithArn(stack, good) },
      blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, bad) }) }],
    }))).toBe(`The \`encryptionKey\` of /dev/sdf (${bad}) is disabled. Enable it, or use another key.`);
  });

  test('a volume that is smaller than its snapshot', async () => {
    const [arn, { id }] = [newKey(), account.aws.ec2.addSnapshot({ size: 20 })];
    expect(await refusal(stack => ({
      buildMethod,
      blockDevices: [
        { deviceName: '/dev/sdf', volume: AmiVolume.ebsFromSnapshot(id, { size: Size.gibibytes(10), encryptionKey: keyWithArn(stack, arn) }) },
      ],
    }))).toBe(
      `The volume /dev/sdf must have at least the 20 GiB of its snapshot ${id}, but \`size\` is 10 GiB. Increase \`size\`, or remove it.`);
  });

  test('a snapshot that does not exist', async () => {
    const arn = newKey();
    expect(await refusal(stack => ({
      buildMethod,
      blockDevices: [
        { deviceName: '/dev/sdf', volume: AmiVolume.ebsFromSnapshot('snap-0000000000000dead', { encryptionKey: keyWithArn(stack, arn) }) },
      ],
    }))).toContain(
      'The snapshot snap-0000000000000dead for /dev/sdf was not found in us-east-1.');
  });

  test('a snapshot whose ID is mistyped, in a parameter', async () => {
    const arn = newKey();
    expect(await refusal(stack => ({
      buildMethod,
      blockDevices: [{
        deviceName: '/dev/sdf',
        volume: AmiVolume.ebsFromSnapshot(new CfnParameter(stack, 'Snapshot', { default: 'snap-12' }).valueAsString, { encryptionKey: keyWithArn(stack, arn) }),
      }],
    }))).toBe('`snapshotId` must be an ID such as "snap-0123456789abcdef0", but is "snap-12". Check where the ID comes from.');
  });

  test('a description outside ASCII, in a parameter', async () => {
    const arn = newKey();
    expect(await refusal(stack => ({
      buildMethod, rootVolume: { encryptionKey: keyWithArn(stack, arn) }, description: new CfnParameter(stack, 'Text', { default: 'Golden — x' }).valueAsString,
    }))).toBe('`description` can have ASCII characters only, but "Golden — x" has "—". Replace this character.');
  });

  test('a name that is taken', async () => {
    const [arn, taken] = [newKey(), account.aws.ec2.addImage({ name: 'golden' })];
    expect(await refusal(stack => ({ buildMethod, rootVolume: { encryptionKey: keyWithArn(stack, arn) }, imageName: 'golden' }))).toBe(
      `The AMI name "golden" is in use by ${taken.id}. Choose another \`imageName\`, or remove it.`);
  });
});

describe.each(METHODS)('by %s, after EC2 has accepted it', buildMethod => {
  /** A key that anyone may look at and nobody may use. */
  const uselessKey = () => arnOf(account.aws.kms.addKey({
    policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account.aws.account}:root` }, Action: 'kms:*', Resource: '*' },
        { Effect: 'Deny', Principal: { AWS: '*' }, Action: ['kms:CreateGrant', 'kms:GenerateDataKey*'], Resource: '*' },
      ],
    }),
  }));

  test('a key of a new volume that may not be used', async () => {
    const arn = uselessKey();
    const reason = await refusal(stack => ({ buildMethod, blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, arn) }) }] }));
    expect(reason).toMatch(/^(EC2 deleted the volume for \/dev\/sdf while creating it, which it does when a key cannot be used|The volume vol-\w+ cannot be attached as \/dev\/sdf)\. Its key/);
    expect(reason).toContain(`Its key ${arn} could not be used. Check CloudTrail for denied KMS calls. The key policy must have these statements: [{`);
  });

  test('a key of the root that may not be used', async () => {
    const arn = uselessKey();
    const reason = await refusal(stack => ({ buildMethod, rootVolume: { encryptionKey: keyWithArn(stack, arn) } }));
    expect(reason).toMatch(/^(The builder instance i-\w+ was terminated during launch|The snapshot snap-\w+ for \/dev\/xvda is in the state error)\. /);
    expect(reason).toContain(arn);
  });

  test('a key that was disabled meanwhile', async () => {
    const key = account.aws.kms.addKey();
    account.aws.faults.add(atCall(['RunInstances', 'CopySnapshot'], () => { key.state = 'Disabled'; }));
    expect(await refusal(stack => ({ buildMethod, rootVolume: { encryptionKey: keyWithArn(stack, arnOf(key)) } }))).toMatch(/The `encryptionKey` of `rootVolume` for \/dev\/xvda \(arn:\S+\) is disabled\. Enable it, or use another key\. \(EC2/);
  });
});

test('by an instance, a source of the AWS Marketplace that was not subscribed to', async () => {
  account.aws.faults.add({ matches: 'ec2:RunInstances', error: new AwsError('OptInRequired', 'In order to use this AWS Marketplace product you need to accept terms and subscribe.', 401) });
  const arn = newKey();
  expect(await refusal(stack => ({ rootVolume: { encryptionKey: keyWithArn(stack, arn) } }))).toContain(
    `The source image ${source} is an AWS Marketplace product that this account is not subscribed to. Subscribe to it, and deploy again. (EC2 OptInRequired: `);
});

test('without an instance, a source with product codes', async () => {
  const arn = newKey();
  source = account.aws.ec2.addImage({ name: 'marketplace', productCodes: [{ ProductCodeId: 'abc123', ProductCodeType: 'marketplace' }] }).id;
  expect(await refusal(stack => ({ rootVolume: { encryptionKey: keyWithArn(stack, arn) }, buildMethod: AmiBuildMethod.COPY_SNAPSHOTS }))).toBe(
    `The source image ${source} has product codes (abc123). RegisterImage does not keep them. Use \`AmiBuildMethod.LAUNCH_INSTANCE\`.`);
});

test.each(['uefi', 'uefi-preferred'] as const)('without an instance, another account\'s image that boots with %s: only its owner may read its Secure Boot data', async bootMode => {
  const arn = newKey();
  const image = account.aws.ec2.addImage({ account: '210987654321', name: 'secure', bootMode, uefiData: 'QU1aTlVFRkk=', public: true });
  source = image.id;
  expect(await refusal(stack => ({ rootVolume: { encryptionKey: keyWithArn(stack, arn) }, buildMethod: AmiBuildMethod.COPY_SNAPSHOTS }))).toBe(
    `The source image ${source} boots with UEFI and belongs to account 210987654321. Only its owner can read its UEFI data (the keys of Secure Boot), so RegisterImage would not keep ` +
    'them. Use `AmiBuildMethod.LAUNCH_INSTANCE`, or first copy the image to this account and use the copy as `sourceImage`.');
  expect(made()).toEqual([]);
});
