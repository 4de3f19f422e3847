import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { otherAnswers, Switches } from '../../local-aws/ec2/switches';
import { arnOf } from '../../local-aws/kms/key';
import { InstanceAmi } from '../../src';
import { Deployment, Template } from '../deployment';
import { Statement } from '../stacks';

/** An image of an instance, and one that is copied to a key, must be made, replaced and removed whichever way AWS works where it does not say how. */

/** What neither CreateImage nor the copy of an image of one's own meets. */
const OTHER_CALLS: (keyof Switches)[] = [
  'crossRegionWithoutKey', 'kmsKeyIdWithoutEncrypted', 'sourceArnRegion', 'sourceViaService', 'encryptedFalseUnderEbd', 'launchedVolumesDeletedOnTermination',
  'authFailureStatus', 'deregisterProtectedCode', 'describeDisabledById', 'launchFailureReason', 'copiedSnapshotKeepsLicence', 'copyOfMissingSnapshot',
  'durationTooShort', 'noThroughputCode', 'defaultKeyName', 'failedReasonCode', 'failedReasonMessage', 'copiedTagsNeedCreateTags',
  'refusedPlaceCode', 'localZoneShownBy',
];

let account: Deployment;
let instanceId: string;
let keys: string[];
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(async () => {
  keys = [1, 2, 3].map(() => arnOf(account.aws.kms.addKey()));
  const source = account.aws.ec2.addImage({
    name: 'source', devices: ['/dev/xvda', '/dev/sdb'].map((deviceName, index) => ({ deviceName, size: 4, kmsKeyId: keys[index] })),
  }).id;
  const client = new EC2Client(account.aws.clientOptions());
  const { Instances } = await client.send(new RunInstancesCommand({ ImageId: source, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
  instanceId = Instances![0].InstanceId!;
  account.aws.clock.advance(30_000);
});
afterEach(() => account.reset());
afterAll(() => account.stop());

const both = (version: string, description = 'one') => (stack: Stack) => {
  const instance = ec2.CfnInstance.fromInstanceId(stack, 'Existing', instanceId);
  const [one, other, wanted] = keys.map((arn, index) => kms.Key.fromKeyArn(stack, `Key${index}`, arn));
  new InstanceAmi(stack, 'Plain', { instance, version, description });
  new InstanceAmi(stack, 'Keyed', { instance, version, description, encryptionKey: wanted, sourceKeys: [one, other] });
};

async function life(edit: (template: Template) => void = () => undefined): Promise<string[]> {
  const failures: string[] = [];
  for (const define of [both('1'), both('1', 'other'), both('2', 'other')]) {
    const result = await account.deploy(define, 'Images', edit);
    failures.push(...result.failures);
    if (result.failures.length > 0) {
      break;
    }
    const { images, snapshots } = account.aws.ec2.counts();
    expect({ images, snapshots }).toEqual({ images: 2, snapshots: 4 });
  }
  return [...failures, ...(await account.destroy()).failures];
}

async function expectLife(): Promise<void> {
  expect(await life()).toEqual([]);
  const { images, snapshots, instances } = account.aws.ec2.counts();
  expect({ images, snapshots, instances }).toEqual({ images: 0, snapshots: 0, instances: 1 });
}

test.each(otherAnswers().filter(([name]) => !OTHER_CALLS.includes(name)))('%s: %s', async (name, answer) => {
  Object.assign(account.aws.ec2.switches, { [name]: answer });
  await expectLife();
});

test('nothing is found at once', async () => {
  Object.assign(account.aws.ec2.settings.consistency, {
    readsUntilVisible: 3, untilVisible: 20_000, deregisteredShown: 30_000, snapshotReleased: 20_000, nameReleased: 60_000,
  });
  await expectLife();
});

test('answers are lost', async () => {
  for (const action of ['CreateImage', 'CopyImage', 'DeregisterImage', 'DeleteSnapshot', 'ModifyImageAttribute']) {
    account.aws.faults.add({ on: `ec2:${action}`, loseAnswer: true, times: 1 });
  }
  await expectLife();
});

test.each([
  ['DescribeInstance', /ec2:Describe(Instances|Volumes)/],
  ['ImageOfInstance', /ec2:CreateImage/],
  ['CreateImage', /ec2:CreateImage/],
  ['TagOnImage', /ec2:CreateTags/],
  ['KeyMetadata', /kms:DescribeKey/],
])('without the statement %s, an operation fails', async (sid, reason) => {
  const failures = await life(template => {
    for (const { Type, Properties } of Object.values(template.Resources)) {
      if (Type === 'AWS::IAM::Policy') {
        const document = Properties.PolicyDocument as { Statement: Statement[] };
        document.Statement = document.Statement.filter(({ Sid }) => Sid !== sid);
      }
    }
  });
  expect(failures.join('\n')).toMatch(reason);
});
