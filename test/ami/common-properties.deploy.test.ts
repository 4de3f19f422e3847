import { DescribeImagesCommand, DescribeSnapshotsCommand, EC2Client, Image, Snapshot, Tag } from '@aws-sdk/client-ec2';
import { CfnOutput, RemovalPolicy, Size, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { arnOf } from '../../local-aws/kms/key';
import { AmiBase, AmiBuildMethod, AmiVolume, CommonAmiProps, EncryptedAmiCopy, InstanceAmi, MultiKeyAmiBuilder } from '../../src';
import { IMAGE_RULES } from '../../src/contract/properties/ami-properties';
import { Deployment, imageWithId, keyWithArn, NOTHING } from '../helpers/deployment';
import { sharingOf } from '../helpers/sharing';

/** Every property that all AMIs have reaches an AMI of every kind, and what it did is undone when it is removed. */

let account: Deployment;
let client: EC2Client;
beforeAll(async () => {
  account = await Deployment.start();
  client = new EC2Client(account.aws.clientOptions());
});
afterEach(() => account.reset());
afterAll(() => account.stop());

const X = '111111111111';
const ORGANIZATION = 'arn:aws:organizations::123456789012:organization/o-0123456789';
const UNIT = 'arn:aws:organizations::123456789012:ou/o-0123456789/ou-abcd-01234567';

interface Created {
  readonly image: Image;
  readonly snapshots: readonly Snapshot[];
}
const valueOf = (tags: readonly Tag[] | undefined, key: string) => tags?.find(({ Key }) => Key === key)?.Value;

/** A common property: how it is declared, whether an AMI shows that it is, and whether an update without it undoes it. */
interface CommonProperty {
  readonly props?: Partial<CommonAmiProps>;
  readonly canBeRemoved: boolean;
  declare?(ami: AmiBase): void;
  shows(created: Created): boolean;
}

const OTHERS_TEST_IT = undefined;

/** A property that is added to `IMAGE_RULES` does not compile here before it has a line. */
const PROPERTIES: Record<keyof typeof IMAGE_RULES, CommonProperty | undefined> = {
  ImageName: OTHERS_TEST_IT,
  ImageNamePrefix: { props: { imageNamePrefix: 'golden' }, shows: ({ image }) => image.Name!.startsWith('golden-'), canBeRemoved: false },
  GeneratedNamePrefix: OTHERS_TEST_IT,
  Description: { props: { description: 'of today' }, shows: ({ image }) => image.Description === 'of today', canBeRemoved: true },
  ContentVersion: OTHERS_TEST_IT,
  Tags: {
    declare: ami => Tags.of(ami).add('team', 'platform'),
    shows: ({ image, snapshots }) => [image, ...snapshots].every(({ Tags: tags }) => valueOf(tags, 'team') === 'platform'),
    canBeRemoved: true,
  },
  TimeoutSeconds: OTHERS_TEST_IT,
  RemovalPolicy: {
    props: { removalPolicy: RemovalPolicy.DESTROY },
    shows: ({ image }) => valueOf(image.Tags, 'cdk-encrypted-ami:removal-policy') === 'Delete',
    canBeRemoved: false,
  },
  SharedAccountIds: {
    declare: ami => ami.shareWithAccounts(X),
    shows: ({ image }) => {
      const { image: accounts, snapshots } = sharingOf(account, image.ImageId!);
      return accounts.includes(X) && snapshots.every(users => users.includes(X));
    },
    canBeRemoved: true,
  },
  SharedOrganizationArns: {
    declare: ami => ami.shareWithOrganizations(ORGANIZATION),
    shows: ({ image }) => sharingOf(account, image.ImageId!).image.includes(ORGANIZATION),
    canBeRemoved: true,
  },
  SharedOrganizationalUnitArns: {
    declare: ami => ami.shareWithOrganizationalUnits(UNIT),
    shows: ({ image }) => sharingOf(account, image.ImageId!).image.includes(UNIT),
    canBeRemoved: true,
  },
};
const declared = Object.entries(PROPERTIES).flatMap(([name, property]) => property ? [[name, property] as const] : []);

test('every common property reaches every kind of AMI, and is undone when it is removed', async () => {
  const [first, second] = [1, 2].map(() => arnOf(account.aws.kms.addKey()));
  const sourceImage = imageWithId(account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1, kmsKeyId: first }] }).id);
  const kinds: Record<string, (stack: Stack, id: string, props: Partial<CommonAmiProps>) => AmiBase> = {
    Copy: (stack, id, props) => new EncryptedAmiCopy(stack, id, {
      sourceImage, encryptionKey: keyWithArn(stack, second), sourceEncryptionKeys: [keyWithArn(stack, first)], ...props,
    }),
    ...Object.fromEntries(Object.values(AmiBuildMethod).map((buildMethod, index) => [`Build${index}`, (stack: Stack, id: string, props: Partial<CommonAmiProps>) =>
      new MultiKeyAmiBuilder(stack, id, {
        sourceImage,
        buildMethod,
        rootVolume: { encryptionKey: keyWithArn(stack, second) },
        sourceEncryptionKeys: [keyWithArn(stack, first)],
        blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, first) }) }],
        ...props,
      })])),
    OfInstance: (stack, id, props) => new InstanceAmi(stack, id, {
      instance: instanceOf(stack), sourceEncryptionKeys: [keyWithArn(stack, first)], ...props,
    }),
    ReKeyed: (stack, id, props) => new InstanceAmi(stack, id, {
      instance: instanceOf(stack), encryptionKey: keyWithArn(stack, second), sourceEncryptionKeys: [keyWithArn(stack, first)], ...props,
    }),
  };
  const instanceOf = (stack: Stack) => stack.node.tryFindChild('Server') as ec2.CfnInstance | undefined
    ?? new ec2.CfnInstance(stack, 'Server', { imageId: sourceImage.getImage(stack).imageId, instanceType: 't3.micro' });
  const define = (properties: typeof declared) => (stack: Stack) => Object.entries(kinds).forEach(([id, create]) => {
    const ami = create(stack, id, Object.assign({}, ...properties.map(([, { props }]) => props)) as Partial<CommonAmiProps>);
    properties.forEach(([, { declare }]) => declare?.(ami));
    new CfnOutput(stack, `${id}Id`, { value: ami.imageId });
  });

  const created = await account.deploy(define(declared));
  expect(created).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(await shownBy(created.outputs)).toEqual(Object.fromEntries(Object.keys(kinds).map(id => [id, declared.map(([name]) => name)])));

  const kept = declared.filter(([, { canBeRemoved }]) => !canBeRemoved);
  const updated = await account.deploy(define(kept));
  expect(updated).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [], outputs: created.outputs });
  expect(await shownBy(updated.outputs)).toEqual(Object.fromEntries(Object.keys(kinds).map(id => [id, kept.map(([name]) => name)])));

  expect(await account.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', failures: [] });
  expect({ ...account.aws.ec2.counts(), instances: 0 }).toEqual(NOTHING);
});

/** The names of the properties that each AMI shows. */
async function shownBy(outputs: Readonly<Record<string, string>>): Promise<Record<string, string[]>> {
  const shown: Record<string, string[]> = {};
  for (const [output, id] of Object.entries(outputs)) {
    const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [id] }));
    const snapshotIds = Images![0].BlockDeviceMappings!.map(({ Ebs }) => Ebs!.SnapshotId!);
    const { Snapshots } = await client.send(new DescribeSnapshotsCommand({ SnapshotIds: snapshotIds }));
    shown[output.replace(/Id$/, '')] = declared.filter(([, { shows }]) => shows({ image: Images![0], snapshots: Snapshots! })).map(([name]) => name);
  }
  return shown;
}
