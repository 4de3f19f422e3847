import { VirtualTime } from './virtual-time';
import { connect } from '../lambda/aws/clients';
import { StepInput, Turn } from '../lambda/request/turn';
import { createStep } from '../lambda/step-function';
import { LocalAws } from '../local-aws/local-aws';

/** The latencies of AWS besides the work itself: minimum and maximum in milliseconds. */
const CALL = [50, 250] as const;
const COLD_START = [500, 1500] as const;
const WARM_START = [10, 50] as const;

type Environment = ReturnType<typeof createStep>;

/**
 * The handler's execution environments in Lambda: one for each concurrent event, reused afterwards, the most recently used first. All are in
 * this process, because no machine can run four hundred processes.
 */
export class ExecutionEnvironments {
  /** The duration of each invocation by now, without the start of its environment. */
  public readonly invocationSeconds: number[] = [];
  private readonly idle: Environment[] = [];
  private readonly requestHandler;
  /** Random numbers that are the same in each run. */
  private seed = 1;

  public constructor(private readonly local: LocalAws, private readonly time: VirtualTime) {
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: local.url, AWS_ACCESS_KEY_ID: `AKIALOCAL${local.account}`, AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: local.region,
    });
    this.requestHandler = connect().ec2.config.requestHandler;
  }

  public async step(input: StepInput): Promise<Turn> {
    return await this.within(environment => environment(input)) as Turn;
  }

  private async within<T>(work: (environment: Environment) => Promise<T>): Promise<T> {
    const warm = this.idle.pop();
    await this.pass(warm ? WARM_START : COLD_START);
    const environment = warm ?? this.begin();
    const began = this.local.clock.now();
    try {
      return await work(environment);
    } finally {
      this.invocationSeconds.push((this.local.clock.now() - began) / 1000);
      this.idle.push(environment);
    }
  }

  private begin(): Environment {
    const aws = Object.assign(connect(), { now: () => this.local.clock.now() });
    const { metadata } = this.requestHandler;
    const handle = this.requestHandler.handle.bind(this.requestHandler) as (...given: unknown[]) => Promise<unknown>;
    for (const client of [...Object.values(aws), aws.withoutRetries().ec2].filter(isClient)) {
      // below the SDK's retries, so that time passes between two attempts as well
      const slow = async (...given: unknown[]) => {
        await this.pass(CALL);
        return this.time.during(() => handle(...given));
      };
      Object.assign(client.config, { requestHandler: { metadata, handle: slow, destroy: () => undefined } });
    }
    return createStep(aws);
  }

  private pass([from, to]: readonly [number, number]): Promise<void> {
    this.seed = this.seed * 48271 % 0x7fffffff;
    return this.time.sleep(from + this.seed / 0x7fffffff * (to - from));
  }
}

function isClient(value: unknown): value is { config: object } {
  return typeof value === 'object' && value !== null && 'config' in value && 'middlewareStack' in value;
}
