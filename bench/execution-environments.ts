import { VirtualTime } from './virtual-time';
import { connect } from '../lambda/aws/clients';
import { StepInput, Turn } from '../lambda/request/turn';
import { createStep } from '../lambda/step-function';
import { LocalAws } from '../local-aws/local-aws';

/** What takes time in AWS besides the work itself: from and to, in milliseconds. */
const CALL = [50, 250] as const;
const COLD_START = [500, 1500] as const;
const WARM_START = [10, 50] as const;

type Environment = ReturnType<typeof createStep>;

/**
 * The handler's execution environments as Lambda has them: one for each event that is dealt with at once, used again afterwards, the one that
 * was used last first. All of them are in this process, because no machine has four hundred to spare.
 */
export class ExecutionEnvironments {
  private readonly idle: Environment[] = [];
  private readonly requestHandler;
  /** The same numbers each time. */
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
    try {
      return await work(environment);
    } finally {
      this.idle.push(environment);
    }
  }

  private begin(): Environment {
    const aws = Object.assign(connect(), { now: () => this.local.clock.now() });
    const { metadata } = this.requestHandler;
    const handle = this.requestHandler.handle.bind(this.requestHandler) as (...given: unknown[]) => Promise<unknown>;
    for (const client of [...Object.values(aws), aws.once().ec2].filter(isClient)) {
      // below the SDK's attempts: time passes between two of them as well
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
