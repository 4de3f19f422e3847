import { AwsError } from '../../local-aws/aws-call';
import { arnOf } from '../../local-aws/kms/key';
import { RESOURCE_TYPES } from '../../src/contract';
import { DirectHandler } from '../helpers/direct-handler';

/** Messages for the errors that EC2 returns at once to the calls of a build. */

let handler: DirectHandler;
let source: string;
let key: string;
beforeEach(async () => {
  handler = await DirectHandler.start();
  source = handler.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }] }).id;
  key = arnOf(handler.aws.kms.addKey());
});
afterEach(() => handler.stop());

const WITH_INSTANCE = { BuildMethod: 'LAUNCH_INSTANCE', InstanceTypes: ['t3.small'] };

/** The answer after a call has returned an error, more than a minute after the request began, so that a denial counts. */
async function answerAfter(action: string, code: string, message: string, properties: object) {
  const { aws } = handler;
  aws.faults.add({ matches: `ec2:${action}`, error: new AwsError(code, message) });
  const carried = handler.begin(RESOURCE_TYPES.multiKeyAmi, {
    SourceImageId: source, ImageName: 'golden', AssociatePublicIpAddress: 'false', RootVolume: { EncryptionKeyArn: key }, ...properties,
  });
  aws.clock.advance(61_000);
  for (let step = 0; step < 30; step++) {
    const { answer } = await handler.step(carried);
    if (answer) {
      return answer;
    }
    aws.clock.advance(30_000);
  }
  return undefined;
}

const denied = (action: string) => `The handler role is not allowed to ${action}. If its policies allow this, a service control policy or a permissions boundary denies it: ` +
  'check these, and deploy again.';
const quota = (name: string, action: string, solution: string) =>
  `The quota "${name}" of this account is used up, so the handler cannot ${action}. ${solution}. Otherwise request an increase in Service Quotas, and deploy again.`;

test.each<[string, string, string, () => object, () => string | RegExp]>([
  [
    'RunInstances', 'VcpuLimitExceeded', 'You have requested more vCPU capacity than your current vCPU limit of 0 allows', () => WITH_INSTANCE,
    () => quota('Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances', 'launch the builder instance',
      'Terminate instances that are not needed, pass `instanceTypes` of another family, or use `AmiBuildMethod.COPY_SNAPSHOTS`'),
  ],
  [
    'RunInstances', 'InvalidAMIID.NotFound', "The image id '[ami-1]' does not exist", () => WITH_INSTANCE,
    () => `The source image ${source} no longer exists, or is no longer shared with this account. Use an image that exists.`,
  ],
  ['RunInstances', 'UnauthorizedOperation', 'You are not authorized to perform this operation.', () => WITH_INSTANCE, () => denied(`launch a builder instance from the source image ${source}`)],
  [
    'RunInstances', 'InvalidParameterCombination', 'Something else', () => WITH_INSTANCE,
    () => 'EC2 does not launch the builder instance in any of the tried combinations: t3.small (InvalidParameterCombination). Pass other `instanceTypes` or `vpcSubnets`.',
  ],
  [
    'RunInstances', 'InvalidParameterValue', 'Something else', () => WITH_INSTANCE,
    () => `EC2 does not launch a t3.small builder instance from the source image ${source}.`,
  ],
  ['CreateImage', 'SnapshotLimitExceeded', 'Too many', () => WITH_INSTANCE, () => /^The quota "Snapshots per Region" of this account is used up, so the handler cannot create an AMI /],
  ['CreateImage', 'InvalidParameterValue', 'Something else', () => WITH_INSTANCE, () => /^EC2 does not create an AMI of the builder instance i-\w+\.$/],
])('%s: %s', async (action, code, words, properties, message) => {
  const answer = await answerAfter(action, code, words, properties());
  expect(answer).toMatchObject({ status: 'FAILED' });
  const [sentence, end] = (answer as { reason: string }).reason.split(` (EC2 ${code}: `);
  expect(end).toBe(`${words})`);
  expect(sentence).toEqual(message() instanceof RegExp ? expect.stringMatching(message()) : message());
});
