import { VirtualTime } from './virtual-time';
import { connect } from '../lambda/aws/clients';
import { Completion, PendingEvent, ResourceEvent, Started } from '../lambda/request/events';
import { answerIsComplete, answerOnEvent } from '../lambda/handler';
import { LocalAws } from '../local-aws/local-aws';

/** What takes time in AWS besides the work itself: from and to, in milliseconds. */
const CALL = [50, 250] as const;
const COLD_START = [500, 1500] as const;
const WARM_START = [10, 50] as const;

interface Environment {
  readonly onEvent: (event: ResourceEvent) => Promise<Started>;
  readonly isComplete: (event: PendingEvent) => Promise<Completion>;
}

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

  public onEvent(event: ResourceEvent): Promise<Started> {
    return this.within(environment => environment.onEvent(event));
  }

  public isComplete(event: PendingEvent): Promise<Completion> {
    return this.within(environment => environment.isComplete(event));
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
    const aws = Object.assign(connect(), { now: () => this.local.clock.now(), sleep: (milliseconds: number) => this.time.sleep(milliseconds) });
    const { metadata } = this.requestHandler;
    const handle = this.requestHandler.handle.bind(this.requestHandler) as (...given: unknown[]) => Promise<unknown>;
    for (const client of Object.values(aws).filter(isClient)) {
      // below the SDK's attempts: time passes between two of them as well
      const slow = async (...given: unknown[]) => {
        await this.pass(CALL);
        return this.time.during(() => handle(...given));
      };
      Object.assign(client.config, { requestHandler: { metadata, handle: slow, destroy: () => undefined } });
    }
    return { onEvent: answerOnEvent(aws), isComplete: answerIsComplete(aws) };
  }

  private pass([from, to]: readonly [number, number]): Promise<void> {
    this.seed = this.seed * 48271 % 0x7fffffff;
    return this.time.sleep(from + this.seed / 0x7fffffff * (to - from));
  }
}

function isClient(value: unknown): value is { config: object } {
  return typeof value === 'object' && value !== null && 'config' in value && 'middlewareStack' in value;
}
