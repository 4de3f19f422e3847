import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { Size, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { AmiBuildMethod, AmiVolume, BuilderCapacityType, EncryptedAmiCopy, InstanceAmi, MultiKeyAmiBuilder, MultiKeyAmiBuilderProps } from '../../src';
import { Deployment, imageWithId, keyWithArn } from '../helpers/deployment';
import { createSpotRole, keyForSpot } from '../helpers/spot';
import { Statement, statementsOf } from '../helpers/stacks';

/** The table of docs/permissions.md: the statements of each feature, and which of their actions a deployment on the local AWS was asked for. */

/** The part of docs/permissions.md that is generated begins with it. */
export const HEADING = '## The actions that deployments used';

type Define = (stack: Stack, description: string) => void;

/** Statements that allow more than a deployment uses, with the reason. */
const REASONS: Readonly<Record<string, string>> = {
  Describe: 'the actions support no resource-level permissions',
  DescribeBuilder: 'the actions support no resource-level permissions',
  DescribeInstance: 'the actions support no resource-level permissions',
  DescribeVolumes: 'the actions support no resource-level permissions',
  DefaultKey: 'the action supports no resource-level permissions; used where a device has no key of its own',
  EncryptionByDefault: 'the action supports no resource-level permissions; used where a device has no key of its own',
  CopyFrom: 'the IDs of the snapshots of the source are known only when the stack deploys',
  CopyFromOwn: 'the ID of the image of the instance is not known: any AMI that the account owns',
  CopyFromOwnSnapshots: 'the IDs of the snapshots of that image are not known',
  CopySnapshotFrom: 'the IDs of the snapshots of the source are known only when the stack deploys',
  LaunchInto: 'the IDs of the snapshots of the source, and of the default subnets, are known only when the stack deploys',
  ReadBootData: 'the attribute of the source and of the new AMI, whose ID is not known',
  EbsKeyMetadata: 'the ID of `aws/ebs` is not known, and its alias distinguishes it',
  RevokeSharing: 'only removes: used where the stack shared the AMI before',
  StopBuilder: 'stops a builder instance without user data, which stops itself with it',
  ChangeTags: 'used where tags change',
  ChangeDescription: 'used where the description or the sharing changes',
  DeleteVolume: 'used for volumes that remain when a build fails, or when its instance is terminated',
  KeyGrant: 'whether EC2 needs a grant depends on the key',
  DestinationKeyUse: 'which of the actions EC2 uses depends on the call and on the key of the source',
  SourceKeyUse: 'which of the actions EC2 uses depends on the call',
  Log: 'written by Lambda, which the local AWS does not ask IAM for',
};

interface Question { readonly action: string; readonly role: string }

function features(keys: readonly string[], images: Record<'plain' | 'encrypted', string>, instanceId: string): Record<string, Define> {
  const key = (stack: Stack) => keyWithArn(stack, keys[0]);
  const build = (buildMethod: AmiBuildMethod, more: Pick<MultiKeyAmiBuilderProps, 'userData' | 'capacityType'>): Define => (stack, description) => void new MultiKeyAmiBuilder(stack, 'Ami', {
    sourceImage: imageWithId(images.encrypted),
    sourceEncryptionKeys: [keyWithArn(stack, keys[1])],
    buildMethod,
    description,
    ...more,
    blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: key(stack) }) }],
  });
  return {
    '`EncryptedAmiCopy` with `encryptionKey` and `sourceEncryptionKeys`': (stack, description) => void new EncryptedAmiCopy(stack, 'Ami', {
      sourceImage: imageWithId(images.encrypted), encryptionKey: key(stack), sourceEncryptionKeys: [keyWithArn(stack, keys[1])], description,
    }),
    '`EncryptedAmiCopy` with `useDefaultKey`': (stack, description) => void new EncryptedAmiCopy(stack, 'Ami', {
      sourceImage: imageWithId(images.plain), useDefaultKey: true, description,
    }),
    '`EncryptedAmiCopy` with `preserveEncryption`': (stack, description) => void new EncryptedAmiCopy(stack, 'Ami', {
      sourceImage: imageWithId(images.encrypted), preserveEncryption: true, sourceEncryptionKeys: [keyWithArn(stack, keys[1])], description,
    }),
    '`MultiKeyAmiBuilder` with `LAUNCH_INSTANCE`, a Spot Instance, and `userData` or file systems': build(
      AmiBuildMethod.LAUNCH_INSTANCE, { userData: ec2.UserData.forLinux(), capacityType: BuilderCapacityType.SPOT }),
    '`MultiKeyAmiBuilder` with `COPY_SNAPSHOTS`': build(AmiBuildMethod.COPY_SNAPSHOTS, {}),
    '`InstanceAmi` with `encryptionKey`': (stack, description) => void new InstanceAmi(stack, 'Ami', {
      instance: ec2.CfnInstance.fromInstanceId(stack, 'Server', instanceId), encryptionKey: key(stack), description,
    }),
  };
}

/** Deploys, updates and deletes each feature, and renders the table. */
export async function renderPermissions(account: Deployment): Promise<{ readonly text: string; readonly withoutReason: readonly string[] }> {
  const { aws } = account;
  createSpotRole(aws);
  // before EC2 terminates the builder because its request is canceled, the handler does
  aws.ec2.settings.timing.spotCancellation = 60_000;
  const keys = [1, 2].map(() => keyForSpot(aws));
  const images = {
    plain: aws.ec2.addImage({ name: 'plain', bootMode: 'uefi', uefiData: 'AAAA', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id,
    encrypted: aws.ec2.addImage({ name: 'encrypted', devices: [{ deviceName: '/dev/xvda', size: 1, kmsKeyId: keys[1] }] }).id,
  };
  const { Instances } = await new EC2Client(aws.clientOptions()).send(new RunInstancesCommand({ ImageId: images.plain, InstanceType: 't3.small', MinCount: 1, MaxCount: 1 }));
  aws.clock.advance(30_000);
  const asked: Question[] = [];
  for (const method of ['allows', 'allowsKey'] as const) {
    const original = aws.iam[method].bind(aws.iam) as (...args: unknown[]) => boolean;
    Object.assign(aws.iam, {
      [method]: (...args: [{ arn: string }, ...unknown[]]) => {
        asked.push({ action: (args.at(-1) as { action: string }).action, role: args[0].arn });
        return original(...args);
      },
    });
  }
  const lines = [
    HEADING, '', 'Generated by `test/provider/permissions.deploy.test.ts`, which deploys, updates and deletes each feature on the local AWS.', '',
    'A statement allows its actions and no other. *Used* are the actions that IAM or KMS was asked about, by whichever statement; where they are fewer, or the resources are all of a type, the reason is given.',
  ];
  const withoutReason: string[] = [];
  for (const [feature, define] of Object.entries(features(keys, images, Instances![0].InstanceId!))) {
    const before = asked.length;
    for (const description of ['one', 'two']) {
      const { failures } = await account.deploy(stack => {
        define(stack, description);
        Tags.of(stack).add('team', description);
      });
      if (failures.length > 0) {
        throw new Error(failures.join('\n'));
      }
    }
    await account.destroy();
    const used = new Set(asked.slice(before).filter(({ role }) => role.includes('CdkEncryptedAmi')).map(({ action }) => action));
    const stack = new Stack(undefined, 'Images');
    define(stack, 'one');
    lines.push('', `### ${feature}`, '', '| statement | allows | used | resources | reason |', '| --- | --- | --- | --- | --- |');
    for (const [sid, statement] of Object.entries(statementsOf(stack)).sort(([one], [other]) => one < other ? -1 : 1)) {
      const actions = [statement.Action].flat();
      const unused = actions.filter(action => !used.has(action));
      const isWide = unused.length > 0 || isEveryResource(statement);
      if (isWide && REASONS[sid] === undefined) {
        withoutReason.push(`${feature}: ${sid} ${unused.join(' ')}`);
      }
      const code = (names: readonly string[]) => names.map(name => `\`${name}\``).join(', ');
      lines.push(`| \`${sid}\` | ${code(actions)} | ${unused.length === 0 ? 'all' : code(actions.filter(action => used.has(action))) || 'none'} | `
        + `${resourcesOf(statement)} | ${isWide ? REASONS[sid] ?? '' : ''} |`);
    }
  }
  return { text: `${lines.join('\n')}\n`, withoutReason };
}

/** All resources of a type, without a condition that narrows them. */
function isEveryResource({ Resource, Condition }: Statement): boolean {
  return Condition === undefined && JSON.stringify(Resource).match(/\*"/) !== null;
}

/** The types of resources, and the condition keys. */
function resourcesOf({ Resource, Condition }: Statement): string {
  const text = [Resource].flat().map(one => /:([a-z-]+)\/([^"]*)"/.exec(JSON.stringify(one))).map(match => match ? `${match[1]}/${/^[a-z]+-|^\*/.test(match[2]) ? match[2].replace(/[0-9a-f]{8,}(-[0-9a-f-]+)?/, '…') : '…'}` : undefined);
  const resources = [...new Set(text.map(one => one ?? (Resource === '*' ? '*' : 'one of the stack')))];
  const keys = Object.values((Condition ?? {}) as Record<string, object>).flatMap(one => Object.keys(one));
  return `${resources.map(one => `\`${one}\``).join(', ')}${keys.length === 0 ? '' : ` if ${[...new Set(keys)].map(one => `\`${one}\``).join(', ')}`}`;
}
