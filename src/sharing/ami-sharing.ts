import { CustomResource, Duration, Names, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import * as messages from './messages';
import { refuseOverlaps } from './overlapping-sharings';
import { SharedPrincipals } from './shared-principals';
import { allowSharingOf } from './sharing-permissions';
import { AmiSharingProperties, RESOURCE_TYPES } from '../contract';
import { isImageId } from '../contract/image-id';
import { listSourceKeys } from '../keys/ami-keys';
import { validateKeys } from '../keys/validate-keys';
import { AmiProvider, serviceTimeout } from '../provider/ami-provider';

/**
 * Properties of `AmiSharing`.
 */
export interface AmiSharingProps {
  /**
   * The ID of an AMI of this account and Region, such as `ami-0ff8a91507f77f867`. Changing it requires replacement: the AMI before is no longer shared.
   */
  readonly imageId: string;

  /**
   * The accounts that can launch from the AMI and copy it: IDs of 12 digits. They get the AMI and each of its snapshots. Changing it updates the sharing in
   * place.
   *
   * @default - none
   */
  readonly accountIds?: string[];

  /**
   * The ARNs of organizations whose accounts can launch from the AMI. They cannot copy it, because snapshots cannot be shared with organizations. Changing
   * it updates the sharing in place.
   *
   * @default - none
   */
  readonly organizationArns?: string[];

  /**
   * The ARNs of organizational units whose accounts can launch from the AMI. They cannot copy it, because snapshots cannot be shared with organizational
   * units. Changing it updates the sharing in place.
   *
   * @default - none
   */
  readonly organizationalUnitArns?: string[];

  /**
   * The customer managed keys that the snapshots of the AMI are encrypted with. The policies of keys of this app allow the others what they need; the policy
   * of an imported key does not change, so it must allow them already.
   *
   * @default - the snapshots are not encrypted, or the policies of their keys allow it already
   */
  readonly encryptionKeys?: kms.IKey[];

  /**
   * The log group of the functions that share the AMI. All constructs of this library in a stack share these functions, so two different log groups in one
   * stack are refused. Changing it updates the sharing in place.
   *
   * @default - a log group that keeps events for a month, and that CloudFormation does not delete with the stack
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * The name of the role that shares the AMI, so that its ARN is known before it exists and the owner of a key in another account can allow it: 1 to
   * 64 letters, digits and characters of `+=,.@_-`, unique in the account. All constructs of this library in a stack share this role, so two different
   * names in one stack are refused. A name that contains `CdkEncryptedAmiHandlerRole` fits the service control policy of SECURITY.md.
   *
   * Changing it replaces the role and updates the sharing in place. The deployment needs the capability `CAPABILITY_NAMED_IAM`.
   *
   * @default - a name that CloudFormation generates
   */
  readonly handlerRoleName?: string;

  /**
   * The customer managed key that Step Functions encrypts the data of the state machine with: a symmetric key of the account and Region. Without it, everyone with
   * `states:GetExecutionHistory`, which AWS's `ReadOnlyAccess` has, reads the requests of CloudFormation while they run, and can answer them. With it, they need
   * `kms:Decrypt` with the key, too.
   *
   * All constructs of this library in a stack share the state machine: at least one of them has to have it, and two different keys in one stack are refused.
   * Changing it replaces the state machine, and updates the sharing in place.
   *
   * @default - a key that AWS owns
   */
  readonly stateMachineEncryptionKey?: kms.IKey;
}

const TIMEOUT = Duration.minutes(15);

/**
 * Shares an existing AMI with other accounts: the AMI, each of its snapshots, and its keys. For an AMI of this library, use its methods, such as
 * `shareWithAccounts()`.
 *
 * When the construct is removed, the handler takes back what the construct has shared, and nothing that others have shared before. It records that in a tag of
 * the AMI, which holds about 30 accounts that had a permission already. Two constructs of an app cannot share one AMI with the same account; of two in
 * different apps, the last to be removed takes it back. Copies of the AMI stay. Snapshots that are encrypted with the AWS managed key `aws/ebs` cannot be
 * shared: the deployment fails.
 *
 * See the page "Share an AMI with specific AWS accounts" of the Amazon EC2 User Guide.
 */
export class AmiSharing extends Construct {
  public constructor(scope: Construct, id: string, props: AmiSharingProps) {
    super(scope, id);
    if (!Token.isUnresolved(props.imageId) && !isImageId(props.imageId)) {
      throw new Error(messages.imageIdMalformed(props.imageId));
    }
    validateKeys(this, 'encryptionKeys', props.encryptionKeys);
    const sharedWith = new SharedPrincipals(this, listSourceKeys(props.encryptionKeys, props.imageId));
    addIfAny(props.accountIds, accountIds => sharedWith.addAccounts(...accountIds));
    addIfAny(props.organizationArns, arns => sharedWith.addOrganizations(...arns));
    addIfAny(props.organizationalUnitArns, arns => sharedWith.addOrganizationalUnits(...arns));
    refuseOverlaps(this, props.imageId, sharedWith);
    const provider = AmiProvider.of(this, props);
    const permissions = provider.permissionsFor(this);
    // Another AMI has another policy name, so CloudFormation replaces the policy: the old one exists until the handler has stopped sharing the old AMI.
    const policy = new iam.CfnRolePolicy(this, 'Policy', {
      policyName: `${Names.uniqueResourceName(this, { maxLength: 80 })}-${props.imageId}`,
      roleName: permissions.role.roleName,
      policyDocument: new iam.PolicyDocument({ statements: [allowSharingOf(permissions, props.imageId, sharedWith.accountIds)] }),
    });
    const properties: AmiSharingProperties = { ImageId: props.imageId, ...sharedWith.properties };
    const resource = new CustomResource(this, 'Resource', {
      resourceType: RESOURCE_TYPES.amiSharing,
      serviceToken: provider.serviceToken,
      serviceTimeout: serviceTimeout(TIMEOUT),
      removalPolicy: RemovalPolicy.DESTROY,
      properties: { ...properties },
    });
    resource.node.addDependency(policy);
    permissions.applyTo(resource);
  }
}

/** An empty list in the props is the same as none. */
function addIfAny(values: string[] = [], add: (values: string[]) => void): void {
  if (values.length > 0) {
    add(values);
  }
}
