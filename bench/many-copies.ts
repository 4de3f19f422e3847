import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ExecutionEnvironments } from './execution-environments';
import { Figure } from './print-figures';
import { VirtualTime } from './virtual-time';
import { PendingEvent, ResourceEvent } from '../lambda/request/events';
import { LocalAws } from '../local-aws/local-aws';
import { RESOURCE_TYPES } from '../src/contract';
import { EncryptedAmiCopy } from 'cdk-encrypted-ami';

const COPIES = 400;
/** As much as EC2 copies in five minutes. */
const GIBIBYTES = 27;
const STACK_ID = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Many/00000000-0000-0000-0000-000000000000';

/** What the synthesized stack says. */
interface Many {
  readonly properties: Readonly<Record<string, unknown>>[];
  /** Seconds that the waiter waits after each answer that is not the last. */
  readonly interval: number;
  /** Seconds that an invocation may take. */
  readonly timeout: number;
}

/**
 * Four hundred copies in one stack, all at once, by the handler, at the pace of the stack's waiter, under EC2's real quotas for requests
 * and for copies in progress. The provider framework only passes on what the handler answers, and is left out.
 */
export async function fourHundred(): Promise<Figure[]> {
  const aws = await LocalAws.start({ speed: 0 });
  const { log, info, warn } = console;
  try {
    aws.ec2.settings.limits.throttling = true;
    const source = aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 40, used: GIBIBYTES }] });
    const many = synthesize(source.id);
    const begin = aws.clock.now();
    Object.assign(console, { info: () => undefined, warn: () => undefined });
    const ends = await play(aws, many);
    const { timing } = aws.ec2.settings;
    const duration = (timing.copyStart + timing.imageRegistration) / 1000 + GIBIBYTES * 1024 / timing.copyMebibytesPerSecond;
    const least = leastTime(COPIES, duration);
    const total = (Math.max(...ends.map(({ at }) => at)) - begin) / 1000;
    const failed = ends.filter(({ failure }) => failure !== undefined);
    const calls = aws.log.calls.filter(({ service }) => service === 'ec2');
    const refused = (code: string) => calls.filter(({ error }) => error === code).length;
    if (failed.length > 0) {
      log(`  the first of those that failed: ${failed[0].failure}`);
    }
    log(`  EC2 was called ${(calls.length / COPIES).toFixed(1)} times for each copy; ${refused('RequestLimitExceeded')} calls were throttled, ` +
      `${refused('ResourceLimitExceeded')} met ${aws.ec2.settings.limits.concurrentCopies} copies in progress`);
    return [
      { what: '400 copies in one stack: failed', measured: String(failed.length), budget: '0', kept: failed.length === 0 },
      {
        what: '400 copies in one stack: time : what EC2\'s quotas allow',
        measured: `${(total / least).toFixed(2)} (${total.toFixed(0)} : ${least.toFixed(0)} s)`,
        budget: '<= 1.15',
        kept: total / least <= 1.15,
      },
    ];
  } finally {
    Object.assign(console, { info, warn });
    await aws.stop();
  }
}

/**
 * The least time in which EC2 makes so many copies of one duration. The first 100 are taken at once, and one more each second, up to 100 saved
 * up; 300 may be in progress. So copy k starts one second after copy k - 1 at the earliest once nothing is saved, and not before copy k - 300 is done.
 */
function leastTime(count: number, duration: number): number {
  const starts: number[] = [];
  let bucket = { tokens: 100, at: 0 };
  for (let copy = 0; copy < count; copy++) {
    const free = copy < 300 ? 0 : starts[copy - 300] + duration;
    const ready = Math.max(free, starts[copy - 1] ?? 0);
    const saved = Math.min(100, bucket.tokens + ready - bucket.at);
    const start = ready + Math.max(0, 1 - saved);
    bucket = { tokens: Math.min(100, bucket.tokens + start - bucket.at) - 1, at: start };
    starts.push(start);
  }
  return starts[count - 1] + duration;
}

function synthesize(imageId: string): Many {
  const stack = new Stack(new App(), 'Many');
  for (let copy = 0; copy < COPIES; copy++) {
    new EncryptedAmiCopy(stack, `Copy${copy}`, { sourceImage: ec2.MachineImage.genericLinux({ 'us-east-1': imageId }), useDefaultKey: true });
  }
  const template = Template.fromStack(stack);
  const copies = template.findResources(RESOURCE_TYPES.encryptedAmiCopy) as Record<string, { Properties: Record<string, unknown> }>;
  const machines = JSON.stringify(template.findResources('AWS::StepFunctions::StateMachine'));
  const [handler] = Object.values(template.findResources('AWS::Lambda::Function', { Properties: { Handler: 'index.isComplete' } }));
  return {
    // the source's id is looked up in a mapping, as CloudFormation would
    properties: Object.values(copies).map(({ Properties }) => ({ ...Properties, SourceImageId: imageId })),
    interval: Number(/IntervalSeconds\\+":(\d+)/.exec(machines)?.[1]),
    timeout: Number((handler.Properties as { Timeout: number }).Timeout),
  };
}

interface End {
  readonly at: number;
  readonly failure?: string;
}

/** What CloudFormation, the framework and its waiter do, for all copies at once. */
async function play(aws: LocalAws, many: Many): Promise<End[]> {
  const { clock } = aws;
  const time = new VirtualTime(clock);
  const handler = new ExecutionEnvironments(aws, time);
  const one = async (properties: Many['properties'][number], index: number): Promise<End> => {
    const request: ResourceEvent = {
      RequestType: 'Create',
      ResourceType: RESOURCE_TYPES.encryptedAmiCopy,
      StackId: STACK_ID,
      RequestId: `request-${index}`,
      LogicalResourceId: `Copy${index}`,
      ResourceProperties: asStrings(properties),
    };
    try {
      const event: PendingEvent = { ...request, ...await handler.onEvent(request) };
      for (;;) {
        const began = clock.now();
        const { IsComplete } = await handler.isComplete(event);
        if (clock.now() - began > many.timeout * 1000) {
          throw new Error(`Task timed out after ${many.timeout.toFixed(2)} seconds`);
        }
        if (IsComplete) {
          return { at: clock.now() };
        }
        await time.sleep(many.interval * 1000);
      }
    } catch (error) {
      return { at: clock.now(), failure: error instanceof Error ? error.message : String(error) };
    }
  };
  return time.run(() => Promise.all(many.properties.map(one)));
}

/** As CloudFormation hands them on. */
function asStrings(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, Array.isArray(value) ? value : String(value)]));
}
