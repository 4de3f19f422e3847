import { RESOURCE_TYPES } from '../../../src/contract';
import { Carried, DirectHandler } from '../../helpers/direct-handler';

/** How often a copy is polled, and how soon the handler responds after EC2 has completed it. Calls take no time here. */

let handler: DirectHandler;
beforeEach(async () => { handler = await DirectHandler.start(); });
afterEach(() => handler.stop());

interface Course {
  readonly steps: number;
  readonly waits: number[];
  /** Seconds from the copy being available to the step that sees it. */
  readonly late: number;
}

/** A copy of so many minutes, step by step, as the state machine takes it. */
async function courseOf(minutes: number): Promise<Course> {
  const { aws } = handler;
  const { copyStart, imageRegistration, copyMebibytesPerSecond } = aws.ec2.settings.timing;
  const used = (minutes * 60_000 - copyStart - imageRegistration) / 1_000 * copyMebibytesPerSecond / 1024;
  const source = aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: Math.ceil(used), used }] }).id;
  const carried: Carried = handler.begin(RESOURCE_TYPES.encryptedAmiCopy, { SourceImageId: source, Encryption: 'DEFAULT_KEY', CopySourceTags: 'false' });
  const waits: number[] = [];
  while ((await handler.step(carried)).answer === undefined) {
    waits.push(carried.turn.wait!);
    aws.clock.advance(carried.turn.wait! * 1_000);
  }
  expect(carried.turn.answer!.status).toBe('SUCCESS');
  const image = aws.ec2.image(carried.turn.answer!.data!.ImageId)!;
  const done = Math.max(...image.devices.map(({ ebs }) => aws.ec2.snapshot(ebs!.snapshotId!)!.completesAt)) + imageRegistration;
  return { steps: waits.length + 1, waits, late: (aws.clock.now() - done) / 1_000 };
}

test.each([[1, 10], [6, 16], [20, 29]])('of %p minutes', async (minutes, maxSteps) => {
  const { steps, waits, late } = await courseOf(minutes);
  expect(steps).toBeLessThanOrEqual(maxSteps);
  expect(late).toBeLessThanOrEqual(2);
  // whole seconds, at least one: on anything else the execution would end
  expect(waits.filter(wait => !Number.isInteger(wait) || wait < 1 || wait > 60)).toEqual([]);
});

test.each([['stands', 30, 60], ['absent', 50, 60]] as const)('of 20 minutes whose progress is %p', async (copyProgress, maxSteps, maxLate) => {
  handler.aws.ec2.switches.copyProgress = copyProgress;
  const { steps, waits, late } = await courseOf(20);
  expect(steps).toBeLessThanOrEqual(maxSteps);
  // five per cent of the copy
  expect(late).toBeLessThanOrEqual(maxLate);
  expect(Math.max(...waits)).toBe(60);
});
