/*
 * Messages about requests as such: how they start, and how they end without an AMI. For their form see lambda/ami/messages.ts.
 */

// the request function

export function otherStack({ stackId, requested }: { readonly stackId: string; readonly requested: string }): string {
  return `This function serves the stack ${stackId} only, got a request of ${requested}.`;
}

export function unknownResourceType(resourceType: string): string {
  return `The handler does not know the resource type ${resourceType}. Synthesize and deploy the stack again with one version of cdk-encrypted-ami.`;
}

interface StartError {
  readonly code: string;
  readonly message: string;
}

export function stateMachineGone({ arn }: { readonly arn: string }, { code, message }: StartError): string {
  return `The state machine ${arn} does not exist any more. Create it again with the same name, and with the role and the definition ` +
    `that the template of the stack has, then deploy or delete the stack again. (Step Functions ${code}: ${message})`;
}

export function requestNotStarted({ code, message }: StartError): string {
  return 'The request was not started. Check service control policies and the permissions boundary of the role of the request function. ' +
    `(Step Functions ${code}: ${message})`;
}

// the properties

export function propertyMismatch({ name, wanted, value }: { readonly name: string; readonly wanted: string; readonly value: unknown }): string {
  return `The property ${name} must be ${wanted}, got ${JSON.stringify(value)}. The construct library and its handler have different versions: ` +
    'synthesize and deploy the stack again with one of them.';
}

// requests that CloudFormation does not wait for

export function deliveredLate(): string {
  return 'This request was delivered late: CloudFormation has begun another operation with the resource since it sent it. Nothing was changed.';
}

interface Statuses {
  readonly stack: string;
  readonly resource: string | undefined;
}

export function notDeleting({ logicalId, stack, resource = 'unknown' }: Statuses & { readonly logicalId: string }): string {
  return `CloudFormation is not deleting ${logicalId} (stack status ${stack}, resource status ${resource}). Nothing was deleted.`;
}

export function requestCanceled({ stack, resource }: Statuses): string {
  return `CloudFormation canceled this request (stack status ${stack}${resource === undefined ? '' : `, resource status ${resource}`}).`;
}

/** A reason to wait. */
export function notInProgressYet({ stack, resource = 'unknown' }: Statuses): string {
  return `CloudFormation does not show the request yet (stack status ${stack}, resource status ${resource})`;
}

// ends

/** The end of every failure. The functions log to no other group. */
export function messageInLogGroup({ logGroup }: { readonly logGroup: string }): string {
  return `The log is in the log group ${logGroup}.`;
}

/** A response to CloudFormation has at most 4,096 bytes. */
export function messageCut(): string {
  return 'This message is too long for CloudFormation: the log has all of it.';
}

export function notDeletedInTime({ minutes, why }: { readonly minutes: number; readonly why: string }): string {
  return `The AMI was not deleted within ${minutes} minutes: ${why}.`;
}

export function deniedDespitePolicy({ why, answer }: { readonly why: string; readonly answer: string }): string {
  return `The handler role is not allowed an action that it needs. ${why} (${answer})`;
}

export function deniedByTagPolicy(answer: string): string {
  return `A tag policy of the organization does not allow a tag of the AMI. Change the tag (\`Tags.of()\`). (${answer})`;
}

export function tooManyTagsOnAmi(answer: string): string {
  return `The AMI, or one of its snapshots, would have more than 50 tags, and EC2 allows no more. Exclude some (\`Tags.of()\`), or remove tags that others have set. (${answer})`;
}

export function unexpectedError({ answer, isDeleted }: { readonly answer: string; readonly isDeleted: boolean }): string {
  return `Unexpected error from AWS. ${isDeleted ? 'The partly created AMI is deleted. ' : ''}(${answer})`;
}

export function handlerNotRun(error: { readonly Error?: string; readonly Cause?: string } | undefined): string {
  return 'Lambda did not run the handler before the timeout. Check the concurrency quota of the account, and the log of the handler. ' +
    `(Lambda ${error?.Error}: ${error?.Cause})`;
}
