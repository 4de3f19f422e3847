import { AwsError } from '../../../local-aws/aws-call';
import { arnOf } from '../../../local-aws/kms/key';
import { RESOURCE_TYPES } from '../../../src/contract';
import { DirectHandler } from '../../helpers/direct-handler';

/** A zone without capacity for a new volume: another zone, or the same one later. */

let handler: DirectHandler;
beforeEach(async () => { handler = await DirectHandler.start(); });
afterEach(() => handler.stop());

/** Takes steps until there is a volume; returns the zones of CreateVolume, each with its error. */
async function zonesTried(BuildMethod: string): Promise<string[]> {
  const { aws } = handler;
  const key = arnOf(aws.kms.addKey());
  const carried = handler.begin(RESOURCE_TYPES.multiKeyAmi, {
    SourceImageId: aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }] }).id,
    BuildMethod,
    AssociatePublicIpAddress: 'false',
    BlockDevices: [{ DeviceName: '/dev/sdf', Volume: 'EBS', VolumeType: 'gp3', SizeGibibytes: '1', DeleteOnTermination: 'true', EncryptionKeyArn: key }],
  });
  const calls = () => aws.log.of('ec2:CreateVolume');
  for (let step = 0; step < 30 && !calls().some(({ error }) => !error); step++) {
    expect((await handler.step(carried)).answer).toBeUndefined();
    aws.clock.advance(30_000);
  }
  return calls().map(({ input, error }) => [input.AvailabilityZone, error].filter(Boolean).join(' '));
}

const full = (zones: readonly string[], times?: number) => handler.aws.faults.add({
  matches: ({ action, input }) => action === 'CreateVolume' && zones.includes(input.AvailabilityZone as string),
  error: new AwsError('InsufficientVolumeCapacity', 'There is not enough capacity to fulfill your EBS volume provision request.'),
  times,
});

test('without an instance, the next zone', async () => {
  full(['us-east-1a']);
  expect(await zonesTried('COPY_SNAPSHOTS')).toEqual(['us-east-1a InsufficientVolumeCapacity', 'us-east-1b']);
});

test('without an instance, and without capacity in any zone, the first zone later', async () => {
  full(['us-east-1a', 'us-east-1b', 'us-east-1c', 'us-east-1d', 'us-east-1e', 'us-east-1f'], 6);
  const tried = await zonesTried('COPY_SNAPSHOTS');
  expect(tried.slice(0, 2)).toEqual(['us-east-1a InsufficientVolumeCapacity', 'us-east-1b InsufficientVolumeCapacity']);
  expect(tried.at(-1)).toBe('us-east-1a');
});

test('with an instance, the zone of the instance later', async () => {
  full(['us-east-1a'], 2);
  expect(await zonesTried('LAUNCH_INSTANCE')).toEqual(['us-east-1a InsufficientVolumeCapacity', 'us-east-1a InsufficientVolumeCapacity', 'us-east-1a']);
});
