import { CfnOutput, Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { IDependable } from 'constructs';
import { Bystanders, COPIED, Forgery, PREPARED, Seen } from './bystanders';
import { Call } from '../../local-aws/aws-call';
import { arnOf } from '../../local-aws/kms/key';
import { AmiBuildMethod, AmiSharing, AmiVolume, EncryptedAmiCopy, InstanceAmi, MultiKeyAmiBuilder } from '../../src';
import { Deployment, imageWithId, keyWithArn } from '../helpers/deployment';
import { seededRandom } from '../helpers/seeded-random';
import { sample } from '../setup/nightly';

/** Whatever others make with our tags, forged ones too, is never returned as an AMI of ours, never deleted, stopped, or tagged. */

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

/** The lifecycle of a stack: what is deployed one after the other. Each version creates another AMI. */
interface Version {
  readonly content: string;
  readonly tag?: string;
  /** Another resource fails: when the AMI is complete, so that CloudFormation rolls back or stops, or while it is in progress. */
  readonly fails?: 'and rolls back' | 'and stops' | 'while in progress';
}

const LIFECYCLES: Readonly<Record<string, readonly Version[]>> = {
  'create': [{ content: '1' }],
  'update in place': [{ content: '1' }, { content: '1', tag: 'other' }],
  'replace': [{ content: '1' }, { content: '2' }],
  'roll back a creation': [{ content: '1', fails: 'and rolls back' }],
  'roll back a replacement': [{ content: '1' }, { content: '2', fails: 'and rolls back' }],
  'fail without rollback': [{ content: '1' }, { content: '2', fails: 'and stops' }],
  'cancel a creation': [{ content: '1', fails: 'while in progress' }],
  'cancel a replacement': [{ content: '1' }, { content: '2', fails: 'while in progress' }],
};

type Define = (stack: Stack, version: Version) => { readonly imageId: string };

interface Kind {
  readonly device: string;
  define(source: string, keys: readonly string[], instanceId: string): Define;
}

const KINDS: Readonly<Record<string, Kind>> = {
  'copy': {
    device: '/dev/xvda',
    define: (source, [key]) => (stack, { content }) =>
      new EncryptedAmiCopy(stack, 'Ami', { sourceImage: imageWithId(source), encryptionKey: keyWithArn(stack, key), contentVersion: content }),
  },
  'build with an instance': { device: '/dev/sdf', define: builder(AmiBuildMethod.LAUNCH_INSTANCE) },
  'build from snapshots': { device: '/dev/xvda', define: builder(AmiBuildMethod.COPY_SNAPSHOTS) },
  'AMI of an instance': {
    device: '/dev/xvda',
    define: (_source, _keys, instanceId) => (stack, { content }) => new InstanceAmi(stack, 'Ami', { instance: ec2.CfnInstance.fromInstanceId(stack, 'Server', instanceId), contentVersion: content }),
  },
  'AMI of an instance with a key': {
    device: '/dev/xvda',
    define: (_source, [key], instanceId) => (stack, { content }) =>
      new InstanceAmi(stack, 'Ami', {
        instance: ec2.CfnInstance.fromInstanceId(stack, 'Server', instanceId), encryptionKey: keyWithArn(stack, key), contentVersion: content,
      }),
  },
  'sharing': {
    device: '/dev/xvda',
    define: source => (stack, { content }) => {
      const sharing = new AmiSharing(stack, 'Ami', { imageId: source, accountIds: [content.repeat(12)] });
      return Object.assign(sharing, { imageId: source });
    },
  },
};

function builder(buildMethod: AmiBuildMethod): Kind['define'] {
  return (source, [one, other]) => (stack, { content }) => new MultiKeyAmiBuilder(stack, 'Ami', {
    sourceImage: imageWithId(source),
    buildMethod,
    contentVersion: content,
    rootVolume: { encryptionKey: keyWithArn(stack, one) },
    blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, other) }) }],
  });
}

interface Case {
  readonly kind: string;
  readonly lifecycle: string;
  readonly prepared: readonly string[];
  readonly copied: readonly string[];
}

const SEED = 20_261_125;
const RUNS = 300;

const cases: readonly Case[] = (() => {
  const next = seededRandom(SEED);
  const some = (names: readonly string[]) => names.filter(() => next() < 0.4);
  return Array.from({ length: RUNS }, (_, index): Case => ({
    kind: Object.keys(KINDS)[index % 6],
    lifecycle: Object.keys(LIFECYCLES)[Math.floor(index / 6) % 8],
    prepared: some(Object.keys(PREPARED)),
    copied: some(Object.keys(COPIED)),
  }));
})();

test.each(sample(cases.map((one, index) => ({ ...one, number: index })), 12))(`seed ${SEED}, $number: $kind, $lifecycle`, async one => {
  const { timing } = account.aws.ec2.settings;
  Object.keys(timing).filter(name => !name.endsWith('PerSecond')).forEach(name => Object.assign(timing, { [name]: 500 }));
  const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }], tags: { from: 'vendor' } }).id;
  const keys = [arnOf(account.aws.kms.addKey()), arnOf(account.aws.kms.addKey())];
  const them = new Bystanders(account);
  await them.launch(source, [{ Key: 'Name', Value: 'server' }]);
  const [instanceId] = Object.keys(await them.states()).filter(id => id.startsWith('i-'));
  const define = KINDS[one.kind].define(source, keys, instanceId);

  const forge = async (forgeries: Readonly<Record<string, Forgery>>, names: readonly string[], seen: Seen) => {
    for (const name of names) {
      await forgeries[name](them, seen);
    }
  };
  const during: Promise<void>[] = [];
  let owner = '';
  account.aws.faults.add({
    matches: call => {
      const seen = tagIn(call, 'cdk-encrypted-ami:owner');
      if (seen !== undefined && seen !== owner) {
        owner = seen;
        during.push(forge(PREPARED, one.prepared, {
          owner: seen, requestId: tagIn(call, 'cdk-encrypted-ami:request'), source, device: KINDS[one.kind].device,
        }));
      }
      return seen !== undefined;
    },
    // only to watch
    times: 0,
  });

  const returned: string[] = [];
  for (const version of LIFECYCLES[one.lifecycle]) {
    if (version.fails === 'while in progress') {
      // the other resource fails after half a second
      Object.assign(timing, { copyStart: 60_000, snapshotStart: 60_000, volumeCreation: 60_000, userData: 60_000 });
    }
    const deploy = version.fails === 'and stops' ? account.deployWithoutRollback.bind(account) : account.deploy.bind(account);
    const { status, outputs } = await deploy(stack => {
      const ami = define(stack, version);
      new CfnOutput(stack, 'ImageId', { value: ami.imageId });
      if (version.fails) {
        failAfter(stack, version.fails === 'while in progress'
          // complete as soon as the handler works, when the AMI has begun
          ? new AmiSharing(stack, 'Other', { imageId: source, accountIds: ['999999999999'] }) : ami as never);
      }
    });
    await Promise.all(during);
    expect({ ...one, status }).toEqual({ ...one, status: expect.stringMatching(END_STATUS[version.fails ?? 'never']) });
    if (!version.fails) {
      returned.push(outputs.ImageId);
      await forge(COPIED, one.copied, { owner, source, device: KINDS[one.kind].device, imageId: outputs.ImageId });
    }
  }
  // a sharing creates nothing, and a creation can be cancelled before it has begun
  expect(owner !== '' || one.kind === 'sharing' || one.lifecycle === 'cancel a creation').toBe(true);
  expect(returned.filter(id => them.images.includes(id))).toEqual([]);
  const before = await them.states();
  expect({ ...one, states: before }).toEqual({ ...one, states: Object.fromEntries(them.all.map(id => [id, expect.stringMatching(/^(there|available) /)])) });
  expect({ ...one, status: (await account.destroy()).status }).toEqual({ ...one, status: 'DELETE_COMPLETE' });
  // a snapshot that was deleted while it was pending goes when it is complete
  account.aws.clock.advance(30 * 60_000);
  expect({ ...one, states: await them.states() }).toEqual({ ...one, states: before });
  expect({ ...one, ...account.aws.ec2.counts() }).toEqual({ ...one, ...them.counts });
}, 120_000);

const END_STATUS = {
  'never': /^(CREATE|UPDATE)_COMPLETE$/,
  'and rolls back': /ROLLBACK_COMPLETE$/,
  'and stops': /^UPDATE_FAILED$/,
  'while in progress': /ROLLBACK_COMPLETE$/,
};

/** A resource that fails when another one is complete. */
function failAfter(stack: Stack, other: IDependable): void {
  new ec2.CfnInstance(stack, 'Failing', { imageId: 'ami-00000000000000000', instanceType: 't3.micro' }).node.addDependency(other);
}

/** A tag in a call that creates something for the handler. */
function tagIn({ principal, input }: Call, key: string): string | undefined {
  const { TagSpecifications } = input as { TagSpecifications?: { Tags?: { Key?: string; Value?: string }[] }[] };
  return principal.roleArn === undefined ? undefined : TagSpecifications?.[0]?.Tags?.find(({ Key }) => Key === key)?.Value;
}
