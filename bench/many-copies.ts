import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ExecutionEnvironments } from './execution-environments';
import { Figure } from './print-figures';
import { VirtualTime } from './virtual-time';
import { ResourceEvent } from '../lambda/request/events';
import { StepInput } from '../lambda/request/turn';
import { secondsToWait } from '../lambda/request-function';
import { LocalAws } from '../local-aws/local-aws';
import { RESOURCE_TYPES } from '../src/contract';
import { EncryptedAmiCopy } from 'cdk-encrypted-ami';

/** The data that EC2 copies in five minutes. */
const SNAPSHOT_GIB = 27;
const STACK_ID = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Many/00000000-0000-0000-0000-000000000000';

/** The settings of the synthesized stack. */
interface ManyCopies {
  readonly properties: Readonly<Record<string, unknown>>[];
  /** The function's timeout in seconds. */
  readonly timeout: number;
}

/**
 * Copies in one stack, started at the same time by the handler, at the poll interval that it chooses, with EC2's quotas for requests
 * and for copies in progress. The state machine is left out, because it only forwards the handler's responses.
 */
export async function manyCopies(count = 400): Promise<Figure[]> {
  const aws = await LocalAws.start({ speed: 0 });
  const { log, info, warn } = console;
  try {
    aws.ec2.settings.limits.throttling = true;
    const source = aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 40, used: SNAPSHOT_GIB }] });
    const many = synthesize(source.id, count);
    const begin = aws.clock.now();
    Object.assign(console, { info: () => undefined, warn: () => undefined });
    const { results, invocations } = await runCopies(aws, many);
    const { timing } = aws.ec2.settings;
    const duration = (timing.copyStart + timing.imageRegistration) / 1000 + SNAPSHOT_GIB * 1024 / timing.copyMebibytesPerSecond;
    const least = leastTime(count, duration);
    const total = (Math.max(...results.map(({ at }) => at)) - begin) / 1000;
    const failed = results.filter(({ failure }) => failure !== undefined);
    const calls = aws.log.calls.filter(({ service }) => service === 'ec2');
    const refused = (code: string) => calls.filter(({ error }) => error === code).length;
    if (failed.length > 0) {
      log(`  the first of those that failed: ${failed[0].failure}`);
    }
    log(`  ${refused('ResourceLimitExceeded')} calls met ${aws.ec2.settings.limits.concurrentCopies} copies in progress`);
    const title = `${count} copies in one stack`;
    const hist: Record<string, number> = {}; calls.forEach(c => { const k = c.action + ' ' + (c.error ?? '') + ' ' + (Object.keys(c.input).includes('Filters') ? 'list' : '') + ' ' + Math.floor((c.at - begin) / 60000); hist[k] = (hist[k] ?? 0) + 1; }); log(Object.entries(hist).sort());
    const callsEach = calls.length / count;
    const throttled = refused('RequestLimitExceeded');
    const average = invocations.reduce((sum, seconds) => sum + seconds, 0) / invocations.length;
    return [
      { what: `${title}: failed`, measured: String(failed.length), budget: '0', withinBudget: failed.length === 0 },
      {
        what: `${title}: time : what EC2's quotas allow`,
        measured: `${(total / least).toFixed(2)} (${total.toFixed(0)} : ${least.toFixed(0)} s)`,
        budget: '<= 1.10',
        withinBudget: total / least <= 1.1,
      },
      { what: `${title}: EC2 calls for each`, measured: callsEach.toFixed(1), budget: '<= 16', withinBudget: callsEach <= 16 },
      { what: `${title}: throttled EC2 calls`, measured: String(throttled), budget: '< 100', withinBudget: throttled < 100 },
      {
        what: `${title}: average invocation`,
        measured: `${average.toFixed(1)} s (longest ${Math.max(...invocations).toFixed(1)} s, ${(invocations.length / count).toFixed(1)} for each copy)`,
        budget: '<= 10 s',
        withinBudget: average <= 10,
      },
    ];
  } finally {
    Object.assign(console, { info, warn });
    await aws.stop();
  }
}

/**
 * The shortest time in which EC2 completes this number of copies of one duration. It accepts the first 100 immediately, and one more each
 * second, with a burst of 100; 300 can be in progress. So copy k starts one second after copy k - 1 at the earliest once the burst is used,
 * and not before copy k - 300 has completed.
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

function synthesize(imageId: string, count: number): ManyCopies {
  const stack = new Stack(new App(), 'Many');
  for (let copy = 0; copy < count; copy++) {
    new EncryptedAmiCopy(stack, `Copy${copy}`, { sourceImage: ec2.MachineImage.genericLinux({ 'us-east-1': imageId }), useDefaultKey: true });
  }
  const template = Template.fromStack(stack);
  const copies = template.findResources(RESOURCE_TYPES.encryptedAmiCopy) as Record<string, { Properties: Record<string, unknown> }>;
  const [handler] = Object.values(template.findResources('AWS::Lambda::Function', { Properties: { Handler: 'index.step' } }));
  return {
    // the source's ID comes from a mapping, which CloudFormation would resolve
    properties: Object.values(copies).map(({ Properties }) => ({ ...Properties, SourceImageId: imageId })),
    timeout: Number((handler.Properties as { Timeout: number }).Timeout),
  };
}

interface CopyResult {
  readonly at: number;
  readonly failure?: string;
}

/** Replaces CloudFormation and the state machine, for all copies at once. */
async function runCopies(aws: LocalAws, many: ManyCopies): Promise<{ readonly results: CopyResult[]; readonly invocations: readonly number[] }> {
  const { clock } = aws;
  const time = new VirtualTime(clock);
  const handler = new ExecutionEnvironments(aws, time);
  const one = async (properties: ManyCopies['properties'][number], index: number): Promise<CopyResult> => {
    const request: ResourceEvent = {
      RequestType: 'Create',
      ResourceType: RESOURCE_TYPES.encryptedAmiCopy,
      ResponseURL: '',
      StackId: STACK_ID,
      RequestId: `request-${index}`,
      LogicalResourceId: `Copy${index}`,
      ResourceProperties: asStrings(properties),
    };
    try {
      let input: StepInput = { event: request, turn: { memory: { startAfterSeconds: secondsToWait('Create', index) } }, startedAt: clock.date().toISOString(), retryCount: 0 };
      for (;;) {
        const began = clock.now();
        const turn = await handler.step(input);
        if (clock.now() - began > many.timeout * 1000) {
          throw new Error(`Task timed out after ${many.timeout.toFixed(2)} seconds`);
        }
        if (turn.answer) {
          return { at: clock.now(), failure: turn.answer.reason };
        }
        input = { ...input, turn };
        await time.sleep(turn.wait! * 1000);
      }
    } catch (error) {
      return { at: clock.now(), failure: error instanceof Error ? error.message : String(error) };
    }
  };
  const results = await time.run(() => Promise.all(many.properties.map(one)));
  return { results, invocations: handler.invocationSeconds };
}

/** CloudFormation converts property values to text. */
function asStrings(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, Array.isArray(value) ? value : String(value)]));
}
