import { CfnParameter, Size, Stack } from 'aws-cdk-lib';
import { AwsError } from '../../../local-aws/aws-call';
import { arnOf } from '../../../local-aws/kms/key';
import { MultiKeyAmiBuilderProps, AmiVolume, AmiBuildMethod } from '../../../src';
import { atCall, buildOf, Deployment, imageWithId, keyWithArn, NOTHING, reasonIn } from '../../helpers/deployment';

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

describe('before anything is made', () => {
  afterEach(() => expect(made()).toEqual([]));

  test('a volume that is smaller than its snapshot', async () => {
    const [arn, { id }] = [newKey(), account.aws.ec2.addSnapshot({ size: 20 })];
    expect(await refusal(stack => ({
      buildMethod: AmiBuildMethod.LAUNCH_INSTANCE,
      blockDevices: [
        { deviceName: '/dev/sdf', volume: AmiVolume.ebsFromSnapshot(id, { size: Size.gibibytes(10), encryptionKey: keyWithArn(stack, arn) }) },
      ],
    }))).toBe(
      `The volume /dev/sdf must have at least the 20 GiB of its snapshot ${id}, but \`size\` is 10 GiB. Increase \`size\`, or remove it.`);
  });

  test('a snapshot whose ID is mistyped, in a parameter', async () => {
    const arn = newKey();
    expect(await refusal(stack => ({
      buildMethod: AmiBuildMethod.COPY_SNAPSHOTS,
      blockDevices: [{
        deviceName: '/dev/sdf',
        volume: AmiVolume.ebsFromSnapshot(new CfnParameter(stack, 'Snapshot', { default: 'snap-12' }).valueAsString, { encryptionKey: keyWithArn(stack, arn) }),
      }],
    }))).toBe('`snapshotId` must be an ID such as "snap-0123456789abcdef0", but is "snap-12". Check where the ID comes from.');
  });

  test('a description outside ASCII, in a parameter', async () => {
    const arn = newKey();
    expect(await refusal(stack => ({
      rootVolume: { encryptionKey: keyWithArn(stack, arn) }, description: new CfnParameter(stack, 'Text', { default: 'Golden — x' }).valueAsString,
    }))).toBe('`description` can have ASCII characters only, but "Golden — x" has "—". Replace this character.');
  });

  test('a name that is taken', async () => {
    const [arn, taken] = [newKey(), account.aws.ec2.addImage({ name: 'golden' })];
    expect(await refusal(stack => ({ buildMethod: AmiBuildMethod.COPY_SNAPSHOTS, rootVolume: { encryptionKey: keyWithArn(stack, arn) }, imageName: 'golden' }))).toBe(
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

test('without an instance, a key that CopySnapshot refuses at once', async () => {
  const arn = newKey();
  account.aws.faults.add({ matches: 'ec2:CopySnapshot', error: new AwsError('AuthFailure', `Not authorized to use key ${arn} `, 403) });
  const reason = await refusal(stack => ({ rootVolume: { encryptionKey: keyWithArn(stack, arn) }, buildMethod: AmiBuildMethod.COPY_SNAPSHOTS }));
  expect(reason).toContain(`The handler role is not allowed to use the \`encryptionKey\` of \`rootVolume\` for /dev/xvda (${arn}). The key policy must have these statements: [{`);
  expect(reason).toContain('}]. (EC2 AuthFailure: Not authorized to use key ');
});
