import { EC2Client, EnableEbsEncryptionByDefaultCommand, ModifyEbsDefaultKmsKeyIdCommand } from '@aws-sdk/client-ec2';
import { CfnOutput, CfnParameter, Stack } from 'aws-cdk-lib';
import { Call } from '../../local-aws/aws-call';
import { ALTERNATIVES } from '../../local-aws/ec2/settings/undocumented-behavior';
import { DeviceSettings } from '../../local-aws/ec2/state/seeding';
import { arnOf } from '../../local-aws/kms/key';
import { EncryptedAmiCopy, EncryptedAmiCopyProps } from '../../src';
import { Deployment, imageIn, imageWithId, keyWithArn, NOTHING, Template } from '../helpers/deployment';
import { orDefaultKey, Statement } from '../helpers/stacks';
import { sample } from '../setup/nightly';

/** Copies to an Outpost or to a Local Zone: their location, their key, and the sources that cannot be copied there. */

const OUTPOST = 'arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0';
const MISSING_OUTPOST = 'arn:aws:outposts:us-east-1:123456789012:outpost/op-00000000000000000';
const BOSTON = 'us-east-1-bos-1a';
const BOSTON_B = 'us-east-1-bos-1b';
/** Requires encryption. */
const ATLANTA = 'us-east-1-atl-2a';
/** Has no local snapshots. */
const MIAMI = 'us-east-1-mia-1a';

let account: Deployment;
let wanted: string;
let own: string;
let ebs: string;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  const { ec2, kms } = account.aws;
  [wanted, own] = [1, 2].map(() => arnOf(kms.addKey()));
  ebs = arnOf(kms.ebsKey());
  ec2.settings.locations.outposts.push(OUTPOST);
  ec2.settings.locations.localZones.forEach(zone => { zone.enabled = true; });
});
afterEach(() => account.reset());
afterAll(() => account.stop());

type Props = Partial<EncryptedAmiCopyProps> & { readonly sharedWith?: string };
/** The source of a copy and its props, or a function for props that need the stack. */
type Copy = readonly [sourceId: string, props: Props | ((stack: Stack) => Props)];

/** A source whose first snapshot is not encrypted and whose second is encrypted with the account's own key. */
function mixed(place: Pick<DeviceSettings, 'outpostArn' | 'localZone'> = {}, region?: string): string {
  const key = region === undefined ? own : arnOf(account.aws.kms.addKey({ region }));
  const devices = [undefined, key].map((kmsKeyId, index) => ({ deviceName: `/dev/sd${'ab'[index]}`, size: 2, kmsKeyId, ...place }));
  return account.aws.ec2.addImage({ name: `mixed ${JSON.stringify(place)}`, region, devices }).id;
}

function deploy(copies: Record<string, Copy>, edit?: (template: Template) => void, sourceEncryptionKeys = [own]) {
  return account.deploy(stack => {
    for (const [name, [sourceId, props]] of Object.entries(copies)) {
      const { sourceRegion, sharedWith, ...given } = typeof props === 'function' ? props(stack) : props;
      const source = sourceRegion === undefined ? imageWithId(sourceId) : imageIn(sourceRegion, sourceId);
      const keys = sourceRegion === undefined ? sourceEncryptionKeys.map(arn => keyWithArn(stack, arn)) : [];
      const copy = new EncryptedAmiCopy(stack, name, { sourceImage: source, sourceRegion, sourceEncryptionKeys: keys, ...orDefaultKey(given) });
      if (sharedWith !== undefined) {
        copy.shareWithAccounts(sharedWith);
      }
      new CfnOutput(stack, `${name}Id`, { value: copy.imageId });
    }
  }, 'Images', edit);
}

const keyed = (props: Props) => (stack: Stack): Props => ({ encryptionKey: keyWithArn(stack, wanted), ...props });

/** The location and the key of each snapshot of an image. */
function snapshotsOf(imageId: string): { place?: string; key?: string }[] {
  const image = account.aws.ec2.image(imageId)!;
  return image.devices.map(({ ebs: volume }) => {
    const { outpostArn, localZone, kmsKeyId: key } = account.aws.ec2.snapshot(volume!.snapshotId!)!;
    return { place: outpostArn ?? localZone, key };
  });
}

const both = (place: string | undefined, ...keys: (string | undefined)[]) => [0, 1].map(index => ({ place, key: keys[index % keys.length] }));

describe.each(sample(ALTERNATIVES.localZoneShownBy, 1))('where a zone is shown by its %s', shownBy => {
  test('every copy has the requested location and key', async () => {
    account.aws.ec2.switches.localZoneShownBy = shownBy;
    const inBoston = mixed({ localZone: BOSTON });
    const { failures, outputs } = await deploy({
      ToOutpost: [mixed(), { outpostArn: OUTPOST }],
      ToOutpostKeyed: [mixed(), keyed({ outpostArn: OUTPOST })],
      ToOutpostToken: [mixed(), stack => ({ outpostArn: new CfnParameter(stack, 'Outpost', { default: OUTPOST }).valueAsString })],
      ToZone: [mixed(), { localZone: BOSTON }],
      ToZoneById: [mixed(), keyed({ localZone: 'use1-bos1-az1' })],
      Preserved: [mixed(), { localZone: BOSTON, preserveEncryption: true }],
      PreservedEncrypted: [mixed(), { localZone: ATLANTA, preserveEncryption: true }],
      FromZoneToZone: [inBoston, keyed({ localZone: BOSTON_B })],
      FromZone: [inBoston, { preserveEncryption: true }],
    });
    expect(failures).toEqual([]);
    const of = (name: string) => snapshotsOf(outputs[`${name}Id`]);
    expect(of('ToOutpost')).toEqual(both(OUTPOST, ebs));
    expect(of('ToOutpostKeyed')).toEqual(both(OUTPOST, wanted));
    expect(of('ToOutpostToken')).toEqual(both(OUTPOST, ebs));
    expect(of('ToZone')).toEqual(both(BOSTON, ebs));
    expect(of('ToZoneById')).toEqual(both(BOSTON, wanted));
    expect(of('Preserved')).toEqual(both(BOSTON, undefined, own));
    expect(of('PreservedEncrypted')).toEqual(both(ATLANTA, ebs, own));
    expect(of('FromZoneToZone')).toEqual(both(BOSTON_B, wanted));
    expect(of('FromZone')).toEqual(both(undefined, undefined, own));
    const asked = account.aws.log.of('ec2:CopyImage').map(({ input }) => input.DestinationOutpostArn ?? input.DestinationAvailabilityZone ?? input.DestinationAvailabilityZoneId);
    expect(asked.sort()).toEqual([OUTPOST, OUTPOST, OUTPOST, ATLANTA, BOSTON, BOSTON, BOSTON_B, 'use1-bos1-az1', undefined]);
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });
});

test('another place is another image, and the same one leaves it alone', async () => {
  const source = mixed();
  const of = async (props: Props) => {
    const { failures, outputs } = await deploy({ Copy: [source, props] });
    expect(failures).toEqual([]);
    expect(account.aws.ec2.counts()).toMatchObject({ images: 1, snapshots: 2 });
    return outputs.CopyId;
  };
  const inBoston = await of({ localZone: BOSTON });
  expect(await of({ localZone: BOSTON, description: 'other' })).toBe(inBoston);
  const onOutpost = await of({ outpostArn: OUTPOST });
  const inRegion = await of({});
  expect(new Set([inBoston, onOutpost, inRegion]).size).toBe(3);
});

describe('preserving in a Local Zone, which may encrypt', () => {
  test('asks for the default key to be one that can be used', async () => {
    const key = arnOf(account.aws.kms.addKey());
    await new EC2Client(account.aws.clientOptions()).send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: key }));
    const copies = (sharedWith?: string): Record<string, Copy> => ({ Copy: [mixed(), { localZone: ATLANTA, preserveEncryption: true, sharedWith }] });
    const { failures } = await deploy(copies());
    expect(failures.join()).toContain(`The handler role is not allowed to use the account's default key for EBS (${key}). It is a customer managed key, so pass it in \`sourceEncryptionKeys\``);
    expect(account.aws.log.of('ec2:CopyImage')).toEqual([]);
    await account.destroy();
    const passed = await deploy(copies('210987654321'), undefined, [own, key]);
    expect(passed.failures).toEqual([]);
    expect(snapshotsOf(passed.outputs.CopyId)).toEqual(both(ATLANTA, key, own));
  });

  test('comes out encrypted everywhere where encryption is the default of the account', async () => {
    await new EC2Client(account.aws.clientOptions()).send(new EnableEbsEncryptionByDefaultCommand({}));
    const { outputs } = await deploy({ Copy: [mixed(), { localZone: BOSTON, preserveEncryption: true }] });
    expect(snapshotsOf(outputs.CopyId)).toEqual(both(BOSTON, ebs, own));
  });
});

/** Deploys copies that cannot be made, and gives the reason of each. */
async function refusals(copies: Record<string, Copy>): Promise<Record<string, string>> {
  account.aws.cloudFormationSwitches.canceledRequest = 'wait';
  const { failures } = await deploy(copies);
  account.aws.clock.advance(24 * 60 * 60_000);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
  return Object.fromEntries(Object.keys(copies).map(name => [name, failures.filter(failure => failure.startsWith(name)).join()]));
}

test('before the copy: what EC2 copies from there to nowhere, or only elsewhere', async () => {
  const reasons = await refusals({
    OutOfOutpost: [mixed({ outpostArn: OUTPOST }), {}],
    ZoneToOutpost: [mixed({ localZone: BOSTON }), { outpostArn: OUTPOST }],
    FarZone: [mixed(), stack => ({ localZone: new CfnParameter(stack, 'ZoneFarAway', { default: 'eu-central-1-ist-1a' }).valueAsString })],
  });
  expect(reasons.OutOfOutpost).toMatch(/The source snapshot snap-\w+ \(\/dev\/sda\) is on the Outpost arn:\S+, and EC2 does not copy from an Outpost\./);
  expect(reasons.ZoneToOutpost).toContain('is in the Local Zone us-east-1-bos-1a, and EC2 does not copy from a Local Zone to an Outpost.');
  expect(reasons.FarZone).toContain('`localZone` (eu-central-1-ist-1a) does not exist in us-east-1.');
  expect(account.aws.log.of('ec2:CopyImage')).toEqual([]);
});

test('a Local Zone that is not enabled is named with the command that enables it', async () => {
  account.aws.ec2.settings.locations.localZones.forEach(zone => { zone.enabled = false; });
  const { Copy } = await refusals({ Copy: [mixed(), { localZone: 'use1-bos1-az1' }] });
  expect(Copy).toContain(
    '`localZone` (use1-bos1-az1) is not enabled for this account. Enable it with `aws ec2 modify-availability-zone-group --group-name us-east-1-bos-1 --opt-in-status opted-in --region us-east-1`');
});

test.each(sample(ALTERNATIVES.unsupportedDestinationCode, 1))('what only EC2 knows of a place has a sentence, with EC2\'s words (%s)', async code => {
  account.aws.ec2.switches.unsupportedDestinationCode = code;
  const reasons = await refusals({
    MissingOutpost: [mixed(), { outpostArn: MISSING_OUTPOST }],
    WithoutLocalSnapshots: [mixed(), { localZone: MIAMI }],
    OtherGroup: [mixed({ localZone: BOSTON }), { localZone: ATLANTA }],
  });
  expect(reasons.MissingOutpost).toContain(
    `to the Outpost ${MISSING_OUTPOST}. Check that it is an Outpost of this account, or is shared with it, that it is connected, and that it has S3 on Outposts. (EC2 ${code}: `);
  expect(reasons.WithoutLocalSnapshots).toContain(`to the Local Zone ${MIAMI}. Check that the zone supports local snapshots, and copies from the location of the source`);
  expect(reasons.OtherGroup).toContain(`to the Local Zone ${ATLANTA}. Check that the zone supports local snapshots`);
});

describe('success is proven', () => {
  test('a copy that comes out elsewhere is a failure, and is removed', async () => {
    const elsewhere: Record<string, string> = { DestinationOutpostArn: 'on the Outpost', DestinationAvailabilityZone: 'in the Local Zone' };
    account.aws.faults.add({
      matches: (call: Call) => {
        const told = Object.keys(elsewhere).filter(name => name in call.input);
        told.forEach(name => delete call.input[name]);
        return told.length > 0;
      },
    });
    const reasons = await refusals({ ToOutpost: [mixed(), { outpostArn: OUTPOST }], ToZone: [mixed(), { localZone: BOSTON }] });
    expect(reasons.ToOutpost).toMatch(/The snapshot snap-\w+ \(\/dev\/sda\) of the AMI ami-\w+ is in the Region, but should be on the Outpost arn:\S+\. Contact AWS Support\./);
    expect(reasons.ToZone).toMatch(/is in the Region, but should be in the Local Zone us-east-1-bos-1a\. Contact AWS Support\./);
  });
});

test('without the statement DescribeZones, a copy to a Local Zone fails', async () => {
  const { failures } = await deploy({ Copy: [mixed(), { localZone: BOSTON }] }, template => {
    for (const { Type, Properties } of Object.values(template.Resources)) {
      if (Type === 'AWS::IAM::Policy') {
        const document = Properties.PolicyDocument as { Statement: Statement[] };
        document.Statement = document.Statement.filter(({ Sid }) => Sid !== 'DescribeZones');
      }
    }
  });
  expect(failures.join()).toMatch(/ec2:DescribeAvailabilityZones/);
});
