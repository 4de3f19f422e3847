import { Size, Stack } from 'aws-cdk-lib';
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
    }))).toBe(`The encryptionKey of /dev/sdf (${bad}) is disabled. Enable it, or use another key.`);
  });

  test('a volume that is smaller than its snapshot', async () => {
    const [arn, { id }] = [newKey(), account.aws.ec2.addSnapshot({ size: 20 })];
    expect(await refusal(stack => ({
      buildMethod,
      blockDevices: [
        { deviceName: '/dev/sdf', volume: AmiVolume.ebsFromSnapshot(id, { size: Size.gibibytes(10), encryptionKey: keyWithArn(stack, arn) }) },
      ],
    }))).toBe(
      `the volume /dev/sdf must be at least as large as its snapshot ${id}, which has 20 GiB, got 10 GiB: make it larger, or leave the size out`);
  });

  test('a snapshot that does not exist', async () => {
    const arn = newKey();
    expect(await refusal(stack => ({
      buildMethod,
      blockDevices: [
        { deviceName: '/dev/sdf', volume: AmiVolume.ebsFromSnapshot('snap-0000000000000dead', { encryptionKey: keyWithArn(stack, arn) }) },
      ],
    }))).toContain(
      'the snapshot snap-0000000000000dead of the volume /dev/sdf does not exist in us-east-1, its id is mistyped, or it is not shared with this account');
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
    expect(reason).toMatch(/^the volume (for \/dev\/sdf vanished while it was made|vol-\w+ cannot be attached as \/dev\/sdf): /);
    expect(reason).toContain(`its key ${arn} could not be used: check that the policy of the key allows the handler's role`);
  });

  test('a key of the root that may not be used', async () => {
    const arn = uselessKey();
    const reason = await refusal(stack => ({ buildMethod, rootVolume: { encryptionKey: keyWithArn(stack, arn) } }));
    expect(reason).toMatch(/^(the builder i-\w+ ended before it ran|the snapshot snap-\w+ for \/dev\/xvda is in the state error): /);
    expect(reason).toContain(arn);
  });

  test('a key that was disabled meanwhile', async () => {
    const key = account.aws.kms.addKey();
    account.aws.faults.add(atCall(['RunInstances', 'CopySnapshot'], () => { key.state = 'Disabled'; }));
    expect(await refusal(stack => ({ buildMethod, rootVolume: { encryptionKey: keyWithArn(stack, arnOf(key)) } }))).toMatch(/encryptionKey of rootVolume \(\/dev\/xvda\) \(arn:\S+\) is disabled\. Enable it, or use another key\. \(EC2/);
  });
});

test('by an instance, a source of the AWS Marketplace that was not subscribed to', async () => {
  account.aws.faults.add({ on: 'ec2:RunInstances', error: new AwsError('OptInRequired', 'In order to use this AWS Marketplace product you need to accept terms and subscribe.', 401) });
  const arn = newKey();
  expect(await refusal(stack => ({ rootVolume: { encryptionKey: keyWithArn(stack, arn) } }))).toContain(
    `the source image ${source} is of the AWS Marketplace, and this account has not subscribed to it: subscribe, and deploy again (EC2 said OptInRequired: `);
});

test('without an instance, a source with product codes', async () => {
  const arn = newKey();
  source = account.aws.ec2.addImage({ name: 'marketplace', productCodes: [{ ProductCodeId: 'abc123', ProductCodeType: 'marketplace' }] }).id;
  expect(await refusal(stack => ({ rootVolume: { encryptionKey: keyWithArn(stack, arn) }, buildMethod: AmiBuildMethod.COPY_SNAPSHOTS }))).toBe(
    `the source image ${source} has the product codes abc123, which are lost when it is registered anew: use AmiBuildMethod.LAUNCH_INSTANCE`);
});

test.each(['uefi', 'uefi-preferred'] as const)('without an instance, another account\'s image that starts by %s: only its owner may read its Secure Boot data', async bootMode => {
  const arn = newKey();
  const image = account.aws.ec2.addImage({ account: '210987654321', name: 'secure', bootMode, uefiData: 'QU1aTlVFRkk=', public: true });
  source = image.id;
  expect(await refusal(stack => ({ rootVolume: { encryptionKey: keyWithArn(stack, arn) }, buildMethod: AmiBuildMethod.COPY_SNAPSHOTS }))).toBe(
    `the source image ${source} starts by UEFI, and is of account 210987654321: only its owner may read its UEFI data (the keys of Secure Boot), which would be lost when it is ` +
    'registered anew: use AmiBuildMethod.LAUNCH_INSTANCE, or copy the image to this account first, and use that copy as source');
  expect(made()).toEqual([]);
});
