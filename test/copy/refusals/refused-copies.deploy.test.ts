import { AwsError } from '../../../local-aws/aws-call';
import { RESOURCE_TYPES } from '../../../src/contract';
import { DirectHandler } from '../../helpers/direct-handler';

/** Messages for the errors that CopyImage returns at once. */

const ACCOUNT = '123456789012';
const PROPERTIES = { Encryption: 'DEFAULT_KEY', CopySourceTags: 'false', ImageName: 'golden' };

let handler: DirectHandler;
let source: string;
beforeEach(async () => {
  handler = await DirectHandler.start();
  source = handler.aws.ec2.addImage({ name: 'source' }).id;
});
afterEach(() => handler.stop());

/** The turn after CopyImage has returned an error, a minute after the request began, so that a denial counts. */
async function turnAfter(code: string, message: string, properties: object = {}) {
  const { aws } = handler;
  aws.faults.add({ matches: 'ec2:CopyImage', error: new AwsError(code, message) });
  const carried = handler.begin(RESOURCE_TYPES.encryptedAmiCopy, { SourceImageId: source, ...PROPERTIES, ...properties });
  aws.clock.advance(61_000);
  return handler.step(carried);
}

test.each([
  ['InvalidAMIID.NotFound', "The image id '[ami-1]' does not exist", () => `The source image ${source} no longer exists, or is no longer shared with this account. Use an image that exists.`],
  ['InvalidAMIName.Duplicate', 'AMI name golden is already in use by AMI ami-1', () => 'The AMI name "golden" is in use. Choose another `imageName`, or remove it.'],
  ['InvalidAMIName.Malformed', 'AMI names must be between 3 and 128 characters long', () => 'EC2 does not allow the AMI name "golden". Use 3 to 128 letters, digits and ( ) . / _ - for `imageName`.'],
  [
    'IdempotentParameterMismatch', 'The token was already used',
    () => `The copy of ${source} that this request started was deleted, or was started with other parameters. Deploy again.`,
  ],
  [
    'InvalidRequest', 'You do not have permission to access the storage of this ami',
    () => `The source image ${source} is shared with this account, but its storage is not. Its owner must share each of its snapshots with account ${ACCOUNT}.`,
  ],
  ['InvalidRequest', 'Something else', () => `EC2 does not copy the source image ${source}.`],
  [
    'UnauthorizedOperation', 'You are not authorized to perform this operation.',
    () => `The handler role is not allowed to copy the source image ${source}. If its policies allow this, a service control policy or a permissions boundary denies it: ` +
      'check these, and deploy again.',
  ],
])('%s: %s', async (code, words, message) => {
  // the answer follows when the handler has seen that nothing was created
  expect((await turnAfter(code, words)).memory.failure).toBe(`${message()} (EC2 ${code}: ${words})`);
});

test('a time-based copy waits for throughput', async () => {
  const { answer, wait } = await turnAfter('InvalidRequest', 'Not enough throughput', { CompletionDurationMinutes: '60' });
  expect({ answer, wait }).toEqual({ answer: undefined, wait: expect.any(Number) });
  expect(console.info).toHaveBeenCalledWith(expect.objectContaining({
    why: `EC2 has no throughput left for a time-based copy of ${source} (EC2 InvalidRequest: Not enough throughput)`,
  }));
});
