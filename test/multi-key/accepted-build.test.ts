import { AwsClients } from '../../lambda/aws/clients';
import { MultiKeyRequest } from '../../lambda/multi-key/device-plan';
import { throwIfAccepted } from '../../lambda/multi-key/own-builds';
import { NotReady } from '../../lambda/outcomes';
import { Memory } from '../../lambda/request/memory';

/** An AMI that EC2 has accepted and does not show is waited for: the handler does not create another one. */

let now = 0;
const aws = { now: () => now } as AwsClients;

function attempt(memory: Memory): unknown {
  try {
    return throwIfAccepted(aws, { memory } as MultiKeyRequest);
  } catch (error) {
    return error;
  }
}

test('it is not created again, and believed to be gone after two minutes', () => {
  const memory: Memory = { ids: { image: 'ami-1' } };
  for (now = 0; now < 120_000; now += 10_000) {
    expect(attempt(memory)).toEqual(new NotReady('EC2 has accepted the AMI ami-1 of the build, but does not show it', true));
  }
  expect(String(attempt(memory))).toContain('The AMI ami-1 of the build disappeared: somebody deregistered it, or removed its tags, or EC2 shows another origin of it.');
});

test('an AMI that was not requested yet is created', () => {
  expect(attempt({ ids: { snapshots: { '/dev/xvda': 'snap-1' } } })).toBeUndefined();
});
