import { deepStrictEqual, strictEqual } from 'assert';
import {
  DescribeExecutionCommand, DescribeStateMachineCommand, ExecutionListItem, GetExecutionHistoryCommand, ListExecutionsCommand,
  ListStateMachinesCommand, SFNClient,
} from '@aws-sdk/client-sfn';

export interface EndpointOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Deliveries and refusals of invocations, as far as ministack's API has them: it cannot kill the process of an invocation. */
export class Invocations {
  private readonly client: SFNClient;

  public constructor(private readonly options: EndpointOptions) {
    this.client = new SFNClient(options);
  }

  public dispose(): void {
    this.client.destroy();
  }

  /** The executions of the only state machine, the oldest first. */
  public async executions(): Promise<ExecutionListItem[]> {
    const { stateMachines = [] } = await this.client.send(new ListStateMachinesCommand({}));
    const lists = await Promise.all(stateMachines.map(({ stateMachineArn }) => this.client.send(new ListExecutionsCommand({ stateMachineArn }))));
    return lists.flatMap(({ executions = [] }) => executions).sort((one, other) => one.startDate!.getTime() - other.startDate!.getTime());
  }

  /** Delivers the request of an execution again. Fails if it starts another execution. */
  public async deliverAgain({ executionArn }: ExecutionListItem): Promise<void> {
    const before = (await this.executions()).map(one => one.executionArn);
    const { input } = await this.client.send(new DescribeExecutionCommand({ executionArn }));
    const { event } = JSON.parse(input!) as { event: { ResourceProperties: { ServiceToken: string } } };
    const answer = await this.lambda(`2015-03-31/functions/${event.ResourceProperties.ServiceToken}/invocations`, 'POST', event);
    strictEqual(answer.headers.get('x-amz-function-error'), null, `the request function failed: ${await answer.text()}`);
    deepStrictEqual((await this.executions()).map(one => one.executionArn), before, 'a request that is delivered twice is one execution');
  }

  /**
   * Has Lambda refuse the invocations of the step function until one has failed. No longer: ministack does not know `TimestampLessThanPath`, so that an
   * execution there responds when the state's own retries are used up.
   */
  public async throttleStep({ executionArn = '' }: ExecutionListItem): Promise<void> {
    const { stateMachineArn } = await this.client.send(new DescribeExecutionCommand({ executionArn }));
    const { definition } = await this.client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    const resource = (JSON.parse(definition!) as { States: { Step: { Resource: string } } }).States.Step.Resource;
    await this.lambda(`2017-10-31/functions/${resource}/concurrency`, 'PUT', { ReservedConcurrentExecutions: 0 });
    while (await this.isRunning(executionArn) && !(await this.causesOfFailedTasks(executionArn)).some(cause => cause.includes('TooManyRequestsException'))) {
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    await this.lambda(`2017-10-31/functions/${resource}/concurrency`, 'DELETE');
  }

  /** The causes of failed tasks in an execution. */
  public async causesOfFailedTasks(executionArn: string): Promise<string[]> {
    const { events = [] } = await this.client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
    return events.flatMap(({ lambdaFunctionFailedEventDetails, taskFailedEventDetails }) =>
      lambdaFunctionFailedEventDetails?.cause ?? taskFailedEventDetails?.cause ?? []);
  }

  private async isRunning(executionArn: string): Promise<boolean> {
    return (await this.client.send(new DescribeExecutionCommand({ executionArn }))).status === 'RUNNING';
  }

  private async lambda(path: string, method: string, body?: object): Promise<Response> {
    const { endpoint, region, credentials } = this.options;
    const answer = await fetch(`${endpoint}/${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        'authorization': `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20260101/${region}/lambda/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    strictEqual(answer.ok, true, `${method} ${path}: ${answer.status}`);
    return answer;
  }
}
