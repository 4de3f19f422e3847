import { AwsClients, connect } from '../../lambda/aws/clients';
import { StepInput, Turn } from '../../lambda/request/turn';
import { createStep } from '../../lambda/step-function';
import { LocalAws } from '../../local-aws/local-aws';

const STACK_ID = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/00000000-0000-0000-0000-000000000000';

/** A request between two steps. */
export type Carried = { -readonly [K in keyof StepInput]: StepInput[K] };

/** The handler in the process of the test, as the administrator, with a local AWS whose time passes only where a test says so. */
export class DirectHandler {
  public static async start(): Promise<DirectHandler> {
    const aws = await LocalAws.start({ speed: 0 });
    const environment = process.env;
    process.env = {
      ...environment, AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: `AKIALOCAL${aws.account}`, AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: aws.region,
    };
    jest.spyOn(console, 'info').mockReturnValue(undefined);
    jest.spyOn(console, 'warn').mockReturnValue(undefined);
    const connected = Object.assign(connect(), { now: () => aws.clock.now() });
    return new DirectHandler(aws, connected, environment);
  }

  private constructor(public readonly aws: LocalAws, public readonly connected: AwsClients, private readonly environment: NodeJS.ProcessEnv) {}

  public async stop(): Promise<void> {
    jest.restoreAllMocks();
    process.env = this.environment;
    await this.aws.stop();
  }

  /** A Create, as the state machine carries it. */
  public begin(resourceType: string, properties: Record<string, unknown>, RequestId = 'one'): Carried {
    const event = {
      RequestType: 'Create' as const,
      ResourceType: resourceType,
      ResponseURL: 'https://cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com/response',
      StackId: STACK_ID,
      RequestId,
      LogicalResourceId: RequestId,
      ResourceProperties: { GeneratedNamePrefix: 'Images', TimeoutSeconds: '3600', ...properties },
    };
    return { event, turn: { memory: {} }, startedAt: this.aws.clock.date().toISOString(), retryCount: 0 };
  }

  /** One step. */
  public async step(carried: Carried): Promise<Turn> {
    carried.turn = await createStep(this.connected)(carried) as Turn;
    return carried.turn;
  }
}
