import { TagSpecification } from '@aws-sdk/client-ec2';
import { AuthorizationQuestion, Authorizer, AwsError, Call } from '../../aws-call';
import { denialWords } from '../../denial';
import { UndocumentedBehavior } from '../settings/undocumented-behavior';

type Context = AuthorizationQuestion['context'];

/** A resource with its IAM condition keys. */
export interface IamResource {
  readonly arn: string;
  readonly context: Context;
  /** The resource does not exist. EC2 returns this error if it does so before authorization. */
  readonly missing?: AwsError;
}

/** A permission that the caller needs. `action` is the action of the call by default. */
export interface RequiredPermission {
  readonly action?: string;
  readonly resource: IamResource;
}

const REQUEST_TAG = 'aws:RequestTag/';

/** The resource of actions without resource-level permissions. */
const ALL_RESOURCES: IamResource = { arn: '*', context: {} };

/** Throws if the tag policies of an account do not allow tags of a resource type such as `ec2:instance`. */
export type TagCheck = (account: string, resourceType: string, tags: ReadonlyMap<string, string>) => void;

/** Authorizes calls, and ends a dry run once every permission is checked. */
export class Ec2Permissions {
  public constructor(
    private readonly authorizer: Authorizer,
    private readonly switches: UndocumentedBehavior,
    private readonly checkTags: TagCheck = () => undefined,
  ) {}

  public require(call: Call, requiredPermissions: readonly RequiredPermission[] = [{ resource: ALL_RESOURCES }]): void {
    for (const need of requiredPermissions) {
      if (need.resource.missing && this.switches.missingResource === 'not-found') {
        throw need.resource.missing;
      }
      if (!this.allows(call, need)) {
        throw this.unauthorized(call, need);
      }
    }
    this.checkTagPolicies(call, requiredPermissions);
    if (call.input.DryRun === true) {
      throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
    }
  }

  public allows(call: Call, need: RequiredPermission): boolean {
    return this.authorizer.allows(call.principal, questionOf(call, need));
  }

  private checkTagPolicies(call: Call, requiredPermissions: readonly RequiredPermission[]): void {
    for (const need of requiredPermissions) {
      const { action, resource, context } = questionOf(call, need);
      if (action === 'ec2:CreateTags') {
        const tags = Object.entries(context).filter(([key]) => key.startsWith(REQUEST_TAG))
          .map(([key, value]) => [key.slice(REQUEST_TAG.length), String(value)] as const);
        this.checkTags(call.principal.account, `ec2:${resource.split(':')[5].split('/')[0]}`, new Map(tags));
      }
    }
  }

  private unauthorized(call: Call, need: RequiredPermission): AwsError {
    const { principal } = call;
    const { action, resource } = questionOf(call, need);
    const encoded = Buffer.from(JSON.stringify({ allowed: false, action, resource, principal: principal.arn })).toString('base64url');
    const on = resource === '*' ? '' : ` on resource: ${resource}`;
    return new AwsError(
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. User: ${principal.arn} is not authorized to perform: ${action}${on} ` +
      `${denialWords(this.authorizer.denial(principal, questionOf(call, need)), action)}. Encoded authorization failure message: ${encoded}`,
      403,
    );
  }
}

/** The tags of a request for new resources of one type. */
export function specifiedTags(specifications: readonly TagSpecification[] | undefined, type: string): Map<string, string> {
  return new Map((specifications ?? [])
    .filter(specification => specification.ResourceType === type)
    .flatMap(specification => (specification.Tags ?? []).map((tag): [string, string] => [tag.Key ?? '', tag.Value ?? ''])));
}

/** The condition keys of tags in a request. */
export function requestTags(tags: ReadonlyMap<string, string>): Record<string, string | string[]> {
  if (tags.size === 0) {
    return {};
  }
  return {
    ...Object.fromEntries([...tags].map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': [...tags.keys()],
  };
}

/** The permissions to create a resource: the action of the call and, if the request has tags, `ec2:CreateTags`. */
export function permissionsToCreate(call: Call, resource: IamResource, tags: ReadonlyMap<string, string>): RequiredPermission[] {
  const tagged = { arn: resource.arn, context: { ...resource.context, ...requestTags(tags) } };
  const requiredPermissions: RequiredPermission[] = [{ resource: tagged }];
  if (tags.size > 0) {
    requiredPermissions.push(permissionToTag(call, tagged));
  }
  return requiredPermissions;
}

export function permissionToTag(call: Call, resource: IamResource): RequiredPermission {
  return { action: 'ec2:CreateTags', resource: { arn: resource.arn, context: { ...resource.context, 'ec2:CreateAction': call.action } } };
}

function questionOf(call: Call, { action = `ec2:${call.action}`, resource }: RequiredPermission): AuthorizationQuestion {
  return { action, resource: resource.arn, context: { 'aws:RequestedRegion': call.region, 'ec2:Region': call.region, ...resource.context } };
}
