import { AwsError, Call } from '../../aws-call';
import { Clock } from '../../time/clock';

interface Rate {
  readonly name: string;
  readonly burst: number;
  readonly perSecond: number;
}

const describing: Rate = { name: 'describe', burst: 100, perSecond: 20 };
const describingEverything: Rate = { name: 'describe everything', burst: 50, perSecond: 10 };
const mutating: Rate = { name: 'mutate', burst: 50, perSecond: 5 };
const tagging: Rate = { name: 'tag', burst: 100, perSecond: 10 };
const launching: Rate = { name: 'launch', burst: 5, perSecond: 2 };

/** Actions with token buckets of their own, and the rates of the EC2 Developer Guide. */
const own = new Map<string, [burst: number, perSecond: number]>([
  ['CopyImage', [100, 1]],
  ...[
    'CreateSnapshot', 'CreateSnapshots', 'CreateVolume', 'DeleteVolume', 'DeleteSnapshot', 'DeregisterImage', 'ModifyImageAttribute',
    'ModifySnapshotAttribute', 'TerminateInstances',
  ].map((action): [string, [number, number]] => [action, [100, 5]]),
]);

/** Describe actions that EC2 throttles more strictly without pagination and filters. */
const dearUnfiltered = new Set(['DescribeInstances', 'DescribeSnapshots', 'DescribeVolumes', 'DescribeInstanceStatus']);

/** EC2's token buckets, per account and Region. */
export class RequestQuotas {
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  public constructor(private readonly clock: Clock) {}

  public reset(): void {
    this.buckets.clear();
  }

  /** Throws `RequestLimitExceeded` if the token bucket of the action is empty. */
  public take(call: Call): void {
    const rate = rateOf(call);
    const key = `${call.principal.account} ${call.region} ${rate.name}`;
    const now = this.clock.now();
    const bucket = this.buckets.get(key) ?? { tokens: rate.burst, at: now };
    const tokens = Math.min(rate.burst, bucket.tokens + (now - bucket.at) / 1000 * rate.perSecond);
    this.buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    if (tokens < 1) {
      throw new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503);
    }
  }
}

function rateOf({ action, input }: Call): Rate {
  const rate = own.get(action);
  if (rate) {
    return { name: action, burst: rate[0], perSecond: rate[1] };
  }
  if (/^(Describe|Get|List)/.test(action)) {
    const { Filters, MaxResults, ...ids } = input;
    const narrow = Filters !== undefined || MaxResults !== undefined || Object.values(ids).some(Array.isArray);
    return dearUnfiltered.has(action) && !narrow ? describingEverything : describing;
  }
  if (action === 'CreateTags' || action === 'DeleteTags') {
    return tagging;
  }
  return action === 'RunInstances' || action === 'StartInstances' ? launching : mutating;
}
