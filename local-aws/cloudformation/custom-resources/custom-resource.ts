import { randomUUID } from 'crypto';
import { CustomResourceResponses } from './responses';
import { Clock } from '../../time/clock';
import { CreateRequest, DeleteRequest, CreatedResource, ResourceCanceled, ResourceFailure, ResourceRequest, ResourceType, UpdateRequest } from '../resource-types/resource-type';
import { isObject, Json, JsonObject } from '../template/template';

/** The time in seconds that CloudFormation waits for a response: the default and the maximum of `ServiceTimeout`. */
const defaultServiceTimeout = 3600;
const maxAnswerBytes = 4096;
const maxPhysicalIdBytes = 1024;

export interface CustomResourceOptions {
  readonly clock: Clock;
  readonly answers: CustomResourceResponses;
  /** Invokes a function asynchronously; throws if there is no such function. */
  readonly invoke: (functionArn: string, payload: string) => void;
  /** Does CloudFormation wait for the response to a create or update that it cancels? */
  readonly waitWhenCanceled: () => boolean;
  /** True if the event of a completed resource has the reason of the response. */
  readonly showReasonOfSuccess?: () => boolean;
}

/** A parsed response of a provider. */
interface Answer {
  readonly succeeded: boolean;
  readonly reason: string;
  /** In the words of the provider. */
  readonly ownReason?: string;
  readonly physicalId?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type RequestType = 'Create' | 'Update' | 'Delete';

/** Custom resources: a function of the user creates them. */
export class CustomResource implements ResourceType {
  public constructor(private readonly options: CustomResourceOptions) {}

  public normalize(properties: JsonObject): JsonObject {
    return asStrings(properties) as JsonObject;
  }

  public updateError(oldProperties: JsonObject, properties: JsonObject): string | undefined {
    return oldProperties.ServiceToken === properties.ServiceToken ? undefined : 'Modifying service token is not allowed.';
  }

  public async create(request: CreateRequest): Promise<CreatedResource> {
    // the physical ID of the Delete request if no response with an ID arrives
    const generatedId = request.name(128);
    const answer = await this.ask('Create', request, generatedId, {});
    const physicalId = checkedId(answer, generatedId);
    request.initiated(physicalId);
    return this.completed(answer, physicalId);
  }

  public async update(request: UpdateRequest): Promise<CreatedResource> {
    const answer = await this.ask('Update', request, request.physicalId, {
      PhysicalResourceId: request.physicalId,
      OldResourceProperties: asStrings(request.oldProperties),
    });
    return this.completed(answer, checkedId(answer, request.physicalId));
  }

  public async delete(request: DeleteRequest): Promise<void> {
    const answer = await this.ask('Delete', request, request.physicalId, { PhysicalResourceId: request.physicalId });
    madeBy(answer, request.physicalId);
  }

  private completed(answer: Answer, physicalId: string): CreatedResource {
    const reason = this.options.showReasonOfSuccess?.() ? answer.ownReason : undefined;
    return { ...madeBy(answer, physicalId), reason };
  }

  public missingAttribute(resource: { stackId: string; logicalId: string }, attribute: string): string {
    const region = resource.stackId.split(':')[3];
    throw new ResourceFailure(`Vendor response doesn't contain ${attribute} key in object ${resource.stackId}|${resource.logicalId}|${randomUUID()} `
      + `in S3 bucket cloudformation-custom-resource-storage-${region.replaceAll('-', '')}`);
  }

  private async ask(requestType: RequestType, request: ResourceRequest, fallbackId: string, more: object): Promise<Answer> {
    const token = request.properties.ServiceToken;
    if (typeof token !== 'string' || !/^arn:[^:]+:lambda:/.test(token)) {
      throw new ResourceFailure('Invalid service token.');
    }
    const seconds = serviceTimeout(request.properties.ServiceTimeout);
    const requestId = randomUUID();
    const expected = this.options.answers.expect(requestId);
    const event = {
      RequestType: requestType,
      ServiceToken: token,
      ResponseURL: responseUrl(request, requestId, new Date(this.options.clock.now())),
      StackId: request.stackId,
      RequestId: requestId,
      LogicalResourceId: request.logicalId,
      ResourceType: request.type,
      ResourceProperties: asStrings(request.properties),
      ...more,
    };
    try {
      this.options.invoke(token, JSON.stringify(event));
    } catch (error) {
      expected.stop();
      throw new ResourceFailure(error instanceof Error ? error.message : String(error));
    }
    const outcome = await Promise.race([expected.answer, this.options.clock.sleep(seconds * 1000).then(() => 'late' as const), this.cancellation(request)]);
    expected.stop();
    if (outcome === 'late') {
      throw new ResourceFailure('CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId '
        + `[${requestId}]. If you are using the Python cfn-response module, you may need to update your Lambda function code so that `
        + 'CloudFormation can attach the updated version.', fallbackId);
    }
    if (outcome === 'canceled') {
      throw new ResourceCanceled(fallbackId);
    }
    return readAnswer(outcome, event, fallbackId);
  }

  private cancellation(request: ResourceRequest): Promise<'canceled'> {
    return new Promise(resolve => {
      if (this.options.waitWhenCanceled()) {
        return;
      }
      if (request.canceled.aborted) {
        resolve('canceled');
      } else {
        request.canceled.addEventListener('abort', () => resolve('canceled'), { once: true });
      }
    });
  }
}

function readAnswer(body: Buffer, event: { StackId: string; RequestId: string; LogicalResourceId: string }, fallbackId: string): Answer {
  if (body.length > maxAnswerBytes) {
    throw new ResourceFailure('Response object is too long.', fallbackId);
  }
  let answer: unknown;
  try {
    answer = JSON.parse(body.toString());
  } catch {
    answer = undefined;
  }
  if (!isObject(answer)) {
    throw new ResourceFailure('Invalid Response object: not a JSON object', fallbackId);
  }
  for (const key of ['StackId', 'RequestId', 'LogicalResourceId'] as const) {
    if (answer[key] !== event[key]) {
      throw new ResourceFailure(`Invalid Response object: Value of property ${key} must match the request's`, fallbackId);
    }
  }
  if (answer.Status !== 'SUCCESS' && answer.Status !== 'FAILED') {
    throw new ResourceFailure('Invalid Response object: Value of property Status must be SUCCESS or FAILED', fallbackId);
  }
  if (answer.Reason !== undefined && typeof answer.Reason !== 'string') {
    throw new ResourceFailure('Invalid Response object: Value of property Reason must be of type String', fallbackId);
  }
  if (answer.Data !== undefined && answer.Data !== null && !isObject(answer.Data)) {
    throw new ResourceFailure('Invalid Response object: Value of property Data must be an object', fallbackId);
  }
  const physicalId = answer.PhysicalResourceId;
  return {
    succeeded: answer.Status === 'SUCCESS',
    reason: `Received response status [FAILED] from custom resource. Message returned: ${answer.Reason ?? ''} (RequestId: ${event.RequestId})`,
    ownReason: answer.Reason,
    physicalId: typeof physicalId === 'string' && physicalId !== '' && Buffer.byteLength(physicalId) <= maxPhysicalIdBytes ? physicalId : undefined,
    data: isObject(answer.Data) ? answer.Data : {},
  };
}

function checkedId(answer: Answer, fallbackId: string): string {
  if (answer.physicalId === undefined) {
    throw new ResourceFailure('Invalid PhysicalResourceId', fallbackId);
  }
  return answer.physicalId;
}

function madeBy(answer: Answer, physicalId: string): CreatedResource {
  if (!answer.succeeded) {
    throw new ResourceFailure(answer.reason, physicalId);
  }
  return { physicalId, attributes: answer.data };
}

/** CloudFormation converts every property value to text. */
function asStrings(value: Json): Json {
  if (Array.isArray(value)) {
    return value.map(asStrings);
  }
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asStrings(item)]));
  }
  return String(value);
}

function serviceTimeout(value: Json | undefined): number {
  const seconds = Number(value ?? defaultServiceTimeout);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > defaultServiceTimeout) {
    throw new ResourceFailure(`ServiceTimeout ${String(value)} must be a number of seconds from 1 to 3600`);
  }
  return seconds;
}

/**
 * A presigned S3 URL, in which `X-Amz-Date` is the time of the request, as in recorded events. It has no credential, because the server would look for
 * S3 then.
 */
function responseUrl(request: ResourceRequest, requestId: string, sentAt: Date): string {
  const { region } = request.environment;
  const date = sentAt.toISOString().replace(/[-:]|\.\d+/g, '');
  return `https://cloudformation-custom-resource-response-${region.replaceAll('-', '')}.s3.${region}.amazonaws.com/response/${requestId}`
    + `?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=${date}&X-Amz-SignedHeaders=host&X-Amz-Expires=7200`
    + `&X-Amz-Signature=${requestId.replaceAll('-', '')}`;
}
