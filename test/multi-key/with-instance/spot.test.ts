import { App, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AmiBuildMethod, AmiVolume, BuilderCapacityType, MultiKeyAmiBuilder, MultiKeyAmiBuilderProps, ServiceLinkedRole } from '../../../src';
import { imageWithId } from '../../helpers/deployment';
import { statementsOf } from '../../helpers/stacks';


/** The template of a builder that is a Spot Instance, and of one that is not. */

const SPOT_SIDS = ['CancelSpotRequest', 'LaunchSpot', 'TagOnSpotLaunch'];
const ROLE = ':role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot';

function stackWith(props: Partial<MultiKeyAmiBuilderProps> = {}): { stack: Stack; ami: MultiKeyAmiBuilder } {
  const stack = new Stack(new App(), 'Images');
  const ami = new MultiKeyAmiBuilder(stack, 'Ami', {
    sourceImage: imageWithId('ami-0123456789abcdef0'),
    rootVolume: { encryptionKey: new kms.Key(stack, 'RootKey') },
    blockDevices: [
      { deviceName: '/dev/sdb', volume: AmiVolume.fromSource({ encryptionKey: new kms.Key(stack, 'DeviceKey') }) },
      { deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: new kms.Key(stack, 'NewKey') }) },
    ],
    sourceEncryptionKeys: [new kms.Key(stack, 'SourceKey')],
    ...props,
  });
  return { stack, ami };
}

/** The IDs of the keys whose policies name the role. */
function keysOfRole(stack: Stack): string[] {
  return Object.entries(Template.fromStack(stack).findResources('AWS::KMS::Key'))
    .filter(([, key]) => JSON.stringify(key).includes(ROLE)).map(([id]) => id.replace(/Key.*/, '')).sort();
}

test('a Spot Instance: the property, three statements, and the role in the policies of the keys that the launch uses', () => {
  const { stack } = stackWith({ capacityType: BuilderCapacityType.SPOT });
  Template.fromStack(stack).hasResourceProperties('Custom::MultiKeyAmi', { CapacityType: 'SPOT' });
  const statements = statementsOf(stack);
  expect(Object.keys(statements)).toEqual(expect.arrayContaining(SPOT_SIDS));
  expect(statements.CancelSpotRequest).toMatchObject({
    Action: 'ec2:CancelSpotInstanceRequests', Condition: { StringLike: { 'aws:ResourceTag/cdk-encrypted-ami:owner': expect.anything() } },
  });
  expect(JSON.stringify(statements.CancelSpotRequest)).toContain(':spot-instances-request/*');
  expect(statements.TagOnSpotLaunch).toMatchObject({ Action: 'ec2:CreateTags', Condition: { StringEquals: { 'ec2:CreateAction': 'RunInstances' } } });
  expect(keysOfRole(stack)).toEqual(['Device', 'Root', 'Source']);
});

test.each([undefined, BuilderCapacityType.ON_DEMAND])('no Spot Instance (%s): nothing of that', capacityType => {
  const { stack } = stackWith({ capacityType });
  Template.fromStack(stack).hasResourceProperties('Custom::MultiKeyAmi', { CapacityType: Match.absent() });
  expect(Object.keys(statementsOf(stack)).filter(sid => /spot/i.test(sid))).toEqual([]);
  expect(keysOfRole(stack)).toEqual([]);
});

test('the policy of an imported key does not change: a warning has the statements', () => {
  const key = (stack: Stack) => kms.Key.fromKeyArn(stack, 'Imported', 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555');
  for (const [capacityType, count] of [[BuilderCapacityType.SPOT, 1], [undefined, 0]] as const) {
    const stack = new Stack(new App(), 'Images', { env: { account: '123456789012', region: 'us-east-1' } });
    new MultiKeyAmiBuilder(stack, 'Ami', { sourceImage: imageWithId('ami-0123456789abcdef0'), rootVolume: { encryptionKey: key(stack) }, capacityType });
    const warnings = Annotations.fromStack(stack).findWarning('/Images/Ami', Match.stringLikeRegexp('AWSServiceRoleForEC2Spot.*keyPolicyForLaunch'));
    expect(warnings).toHaveLength(count);
  }
});

test.each([
  [BuilderCapacityType.SPOT, ServiceLinkedRole.EC2_SPOT, true],
  [undefined, ServiceLinkedRole.EC2_SPOT, false],
  [BuilderCapacityType.SPOT, ServiceLinkedRole.AUTO_SCALING, false],
])('capacityType %s: the AMI waits for a role that the stack creates, if it is built with it', (capacityType, role, waits) => {
  const { stack, ami } = stackWith({ capacityType });
  ami.grantLaunchToServiceLinkedRole(role, { createRole: true });
  const [id] = Object.keys(Template.fromStack(stack).findResources('AWS::IAM::ServiceLinkedRole'));
  const [resource] = Object.values(Template.fromStack(stack).findResources('Custom::MultiKeyAmi')) as { DependsOn: string[] }[];
  expect(resource.DependsOn.includes(id)).toBe(waits);
});

test('is refused without an instance', () => {
  expect(() => stackWith({ capacityType: BuilderCapacityType.SPOT, buildMethod: AmiBuildMethod.COPY_SNAPSHOTS }))
    .toThrow('`AmiBuildMethod.COPY_SNAPSHOTS` launches no instance, but got `capacityType`. Remove it, or use `AmiBuildMethod.LAUNCH_INSTANCE`.');
});
