import * as cloudformation from '@aws-sdk/client-cloudformation';
import * as ec2 from '@aws-sdk/client-ec2';
import * as kms from '@aws-sdk/client-kms';
import { CallLog } from '../../../local-aws/call-log';
import { Faults } from '../../../local-aws/fault-injection';
import { Clock } from '../../../local-aws/time/clock';
import { WireServer } from '../../../local-aws/wire/server';
import { SchemaService } from '../../../local-aws/wire/service';

const principal = { accessKeyId: 'AKIALOCAL123456789012', account: '123456789012', arn: 'arn:aws:iam::123456789012:root' };
let server: WireServer;

beforeEach(async () => {
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  server = await WireServer.start({ services: [], principal: () => principal, faults: new Faults(), log: new CallLog(), clock: new Clock() });
});

afterEach(async () => {
  await server.stop();
  jest.restoreAllMocks();
});

/** The text that a client receives for this response of the operation. */
async function answer(name: string, protocol: SchemaService['protocol'], schemas: object, action: string, output: object): Promise<string> {
  server.add({ name, protocol, schemas: { ...schemas }, operations: { [action]: () => output } });
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'authorization': `AWS4-HMAC-SHA256 Credential=AKIALOCAL123456789012/20300101/us-east-1/${name}/aws4_request`, 'x-amz-target': `x.${action}` },
    body: protocol === 'json' ? '{"KeyId":"k"}' : `Action=${action}${name === 'cloudformation' ? '&StackName=s' : ''}`,
  });
  const text = await response.text();
  expect([response.status, text.includes('InternalError')]).toEqual(response.status === 200 ? [200, false] : [500, true]);
  return text.replace(/&quot;|\\"/g, '"');
}

const snapshots = (snapshot: object) => answer('ec2', 'ec2Query', ec2, 'DescribeSnapshots', { Snapshots: [{}, snapshot] });
const images = (image: object) => answer('ec2', 'ec2Query', ec2, 'DescribeImages', { Images: [image] });
const key = (metadata: object) => answer('kms', 'json', kms, 'DescribeKey', { KeyMetadata: metadata });
const events = (event: object) => answer('cloudformation', 'awsQuery', cloudformation, 'DescribeStackEvents', { StackEvents: [event] });
const event = { StackId: 's', EventId: 'e', StackName: 's', Timestamp: new Date(0) };

test.each<[string, () => Promise<string>, string]>([
  ['a fraction', () => snapshots({ FullSnapshotSizeInBytes: 1.5 }),
    "the local AWS broke: the answer's DescribeSnapshots.Snapshots[1].FullSnapshotSizeInBytes is 1.5, and AWS's model (Snapshot.FullSnapshotSizeInBytes) says a whole number"],
  ['a number as text', () => snapshots({ VolumeSize: '8' }), 'Snapshots[1].VolumeSize is "8", and AWS\'s model (Snapshot.VolumeSize) says a whole number'],
  ['no number', () => snapshots({ VolumeSize: NaN }), 'VolumeSize is null'],
  ['a boolean as text', () => snapshots({ Encrypted: 'true' }), 'Encrypted is "true", and AWS\'s model (Snapshot.Encrypted) says a boolean'],
  ['a time as text', () => snapshots({ StartTime: '2030-01-01' }), 'StartTime is "2030-01-01", and AWS\'s model (Snapshot.StartTime) says a time'],
  ['no time', () => snapshots({ StartTime: new Date(NaN) }), 'StartTime is Invalid Date'],
  ['a text that is a time', () => images({ CreationDate: new Date(0) }), 'CreationDate is Thu Jan 01 1970'],
  ['a value that the enum has not', () => snapshots({ State: 'done' }),
    'State is "done", and AWS\'s model (Snapshot.State) says one of completed, error, pending, recoverable, recovering'],
  ['a value in a list that the enum has not', () => key({ KeyId: 'k', EncryptionAlgorithms: ['ROT13'] }), 'KeyMetadata.EncryptionAlgorithms[0] is "ROT13"'],
  ['one value instead of a list', () => snapshots({ Tags: { Key: 'a', Value: 'b' } }), 'says a list'],
  ['a text instead of a structure', () => snapshots({ Tags: ['a'] }), 'Tags[0] is "a", and AWS\'s model (Snapshot.Tags) says a structure'],
  ['a number where the model has a text', () => snapshots({ Description: 8 }), 'Description is 8, and AWS\'s model (Snapshot.Description) says a string'],
  ['members of an operation without any', () => answer('ec2', 'ec2Query', ec2, 'DisableEbsEncryptionByDefault', { EbsEncryptionByDefault: 'x' }), 'says a boolean'],
  ['a required member that is not there', () => key({ Enabled: true }), "the answer's DescribeKey.KeyMetadata.KeyId is undefined, and AWS's model (KeyMetadata.KeyId) says a value: the member is required"],
  ['a member that AWS has not', () => key({ KeyId: 'k', Colour: 'red' }), 'KeyMetadata.Colour is "red", and AWS\'s model (KeyMetadata.Colour) says no such member'],
  ['a resource\'s status that is none', () => events({ ...event, ResourceStatus: 'DONE' }), 'StackEvents[0].ResourceStatus is "DONE"'],
])('fails with InternalError for a response with %s', async (_name, respond, expected) => {
  expect(await respond()).toContain(expected);
});

test.each<[string, () => Promise<string>, string]>([
  ['a whole number', () => snapshots({ FullSnapshotSizeInBytes: 2 ** 40, State: 'pending', Encrypted: false }), '<fullSnapshotSizeInBytes>1099511627776</fullSnapshotSizeInBytes>'],
  ['nothing for what is not there', () => snapshots({ VolumeSize: undefined, Tags: undefined }), '<item></item>'],
  ['whole seconds of EC2, with milliseconds', () => snapshots({ StartTime: new Date(1_234_567) }), '<startTime>1970-01-01T00:20:34.000Z</startTime>'],
  ['milliseconds of CloudFormation', () => events({ ...event, Timestamp: new Date(1_234_567) }), '1970-01-01T00:20:34.567Z'],
  ['fractions of a second of KMS', () => key({ KeyId: 'k', CreationDate: new Date(1_234_567) }), '"CreationDate":1234.567'],
  ['a fraction where the model has a double', () => answer('ec2', 'ec2Query', ec2, 'DescribeInstanceTypes', { InstanceTypes: [{ ProcessorInfo: { SustainedClockSpeedInGhz: 3.1 } }] }), '>3.1<'],
  ['windows, which the model writes with a capital', () => images({ Platform: 'windows' }), '<platform>windows</platform>'],
  ['a status of the stack among those of its resources', () => events({ ...event, ResourceStatus: 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS' }), 'CLEANUP'],
])('accepts a response with %s', async (_name, respond, expected) => {
  expect(await respond()).toContain(expected);
});
