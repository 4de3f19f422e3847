import { CustomResource } from '../../../../local-aws/cloudformation/custom-resources/custom-resource';
import { CustomResourceResponses } from '../../../../local-aws/cloudformation/custom-resources/responses';
import { Engine } from '../engine';

export interface Request {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly RequestId: string;
  readonly ResponseURL: string;
  readonly StackId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Record<string, unknown>;
  readonly OldResourceProperties?: Record<string, unknown>;
}

export const token = 'arn:aws:lambda:us-east-1:123456789012:function:provider';

export type Handler = (request: Request) => object | undefined;

/** A stack with custom resources whose provider is a function of the test. */
export class Provider {
  public readonly requests: Request[] = [];
  public readonly answers = new CustomResourceResponses();
  public readonly engine: Engine;
  public wait = false;
  /** Is the reason of a success in the event? */
  public showReason = false;
  /** The response, besides the IDs. There is no response for `undefined`. */
  public handler: Handler;

  public constructor() {
    this.handler = request => ({ PhysicalResourceId: request.PhysicalResourceId ?? 'one' });
    const type = new CustomResource({
      clock: { now: () => this.engine.clock.now(), sleep: (milliseconds: number) => this.engine.clock.sleep(milliseconds) } as Engine['clock'],
      answers: this.answers,
      invoke: (functionArn, payload) => {
        if (functionArn !== token) {
          throw new Error(`Function not found: ${functionArn}`);
        }
        const request = JSON.parse(payload) as Request;
        this.requests.push(request);
        const answer = this.handler(request);
        if (answer !== undefined) {
          void this.answer(request, answer);
        }
      },
      waitWhenCanceled: () => this.wait,
      showReasonOfSuccess: () => this.showReason,
    });
    this.engine = new Engine({ 'Custom::': type });
  }

  public async answer(request: Request, answer: object | string): Promise<void> {
    const { RequestId, StackId, LogicalResourceId } = request;
    const body = typeof answer === 'string' ? answer : JSON.stringify({ Status: 'SUCCESS', RequestId, StackId, LogicalResourceId, ...answer });
    const response = await this.answers.service.handle({
      method: 'PUT', path: new URL(request.ResponseURL).pathname, query: new URLSearchParams(), headers: {}, body: Buffer.from(body), region: 'us-east-1',
    });
    expect(response.status).toBe(200);
  }

  /** `Create`, `Update one`, `Delete one`. */
  public get sent(): string[] {
    return this.requests.map(request => [request.RequestType, request.PhysicalResourceId].filter(Boolean).join(' '));
  }
}

export function custom(properties: object = {}, more: object = {}): object {
  return { Type: 'Custom::Image', Properties: { ServiceToken: token, ...properties }, ...more };
}

export function failed(reason: string, more: object = {}): object {
  return { Status: 'FAILED', Reason: reason, ...more };
}
