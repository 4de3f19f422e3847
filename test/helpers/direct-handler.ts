import { Aws, connect } from '../../lambda/aws/clients';
import { answerIsComplete, answerOnEvent } from '../../lambda/handler';
import { Completion, PendingEvent } from '../../lambda/request/events';
import { LocalAws } from '../../local-aws/local-aws';

const STACK_ID = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/00000000-0000-0000-0000-000000000000';

/** The handler in the process of the test, as the administrator, with a local AWS whose time passes only where a test or the handler waits. */
export class DirectHandler {
  public static async start(): Promise<DirectHandler> {
    const aws = await LocalAws.start({ speed: 0 });
    const environment = process.env;
    process.env = {
      ...environment, AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: `AKIALOCAL${aws.account}`, AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: aws.region,
    };
    jest.spyOn(console, 'info').mockReturnValue(undefined);
    jest.spyOn(console, 'warn').mockReturnValue(undefined);
    const sleep = async (milliseconds: number) => aws.clock.advance(milliseconds);
    const connected = Object.assign(connect(), { now: () => aws.clock.now(), sleep });
    return new DirectHandler(aws, connected, environment);
  }

  private constructor(public readonly aws: LocalAws, public readonly connected: Aws, private readonly environment: NodeJS.ProcessEnv) {}

  public async stop(): Promise<void> {
    jest.restoreAllMocks();
    process.env = this.environment;
    await this.aws.stop();
  }

  /** A Create that has begun. */
  public async begin(resourceType: string, properties: Record<string, unknown>): Promise<PendingEvent> {
    const event = {
      RequestType: 'Create' as const,
      ResourceType: resourceType,
      StackId: STACK_ID,
      RequestId: 'one',
      LogicalResourceId: 'Ami',
      ResourceProperties: { GeneratedNamePrefix: 'Images', TimeoutSeconds: '3600', ...properties },
    };
    return { ...event, ...await answerOnEvent(this.connected)(event) };
  }

  /** One poll. */
  public poll(event: PendingEvent): Promise<Completion> {
    return answerIsComplete(this.connected)(event);
  }
}
