import { CustomResource, Duration, Names, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ImageSharingProperties, RESOURCE_TYPES } from '../contract';
import { EXAMPLE_IMAGE_ID, isImageId } from '../contract/image-id';
import { AmiProvider, serviceTimeout } from '../provider/ami-provider';
import { SharedPrincipals } from './shared-principals';

/**
 * Which image is shared, and with whom.
 */
export interface ImageSharingProps {
  /**
   * The id of the image, of this account and Region, such as `ami-0ff8a91507f77f867`. Another one takes the sharing of this one back.
   */
  readonly imageId: string;

  /**
   * The ids of accounts that may launch the image and copy it: they get the image and each of its snapshots. A change is made in place.
   *
   * @default - none
   */
  readonly accounts?: string[];

  /**
   * The ARNs of organizations whose accounts may launch the image. Snapshots cannot be shared with organizations, so that they cannot copy it.
   * A change is made in place.
   *
   * @default - none
   */
  readonly organizationArns?: string[];

  /**
   * The ARNs of organizational units whose accounts may launch the image. Snapshots cannot be shared with them, so that they cannot copy it.
   * A change is made in place.
   *
   * @default - none
   */
  readonly organizationalUnitArns?: string[];

  /**
   * The customer managed keys that the image's snapshots are under. Keys of this app get what the others need in their policies; a key that was
   * imported must allow it by itself.
   *
   * @default - the snapshots are not encrypted, or the policies of their keys allow it already
   */
  readonly encryptionKeys?: kms.IKey[];

  /**
   * Where the functions that share the image write their log, as in the other constructs of the stack.
   *
   * @default - a log group of the stack's own
   */
  readonly logGroup?: logs.ILogGroup;
}

const TIMEOUT = Duration.minutes(15);

/**
 * Shares an image that exists with other accounts: the image itself, each of its snapshots, and its keys, which is what it takes to copy it. For an
 * image of this library, use its methods, such as `shareWithAccounts()`.
 *
 * When the construct is removed, what it has shared is taken back. Copies that others have made stay theirs.
 *
 * A snapshot under the AWS managed key `aws/ebs` can never be shared: the deployment fails, and says so.
 *
 * @see the page "Share an AMI with specific AWS accounts" in the Amazon EC2 User Guide
 */
export class ImageSharing extends Construct {
  public constructor(scope: Construct, id: string, props: ImageSharingProps) {
    super(scope, id);
    if (!Token.isUnresolved(props.imageId) && !isImageId(props.imageId)) {
      throw new Error(`imageId must be an id such as "${EXAMPLE_IMAGE_ID}", got ${JSON.stringify(props.imageId)}: check where it comes from`);
    }
    const sharedWith = new SharedPrincipals(props.encryptionKeys ?? []);
    sharedWith.addAccounts(props.accounts ?? []);
    sharedWith.addOrganizations(props.organizationArns ?? []);
    sharedWith.addOrganizationalUnits(props.organizationalUnitArns ?? []);
    const provider = AmiProvider.of(this, props);
    // Of another image, the policy is another one, as CloudFormation replaces it: the old one is still there when what it shared is taken back.
    const policy = new iam.CfnRolePolicy(this, 'Policy', {
      policyName: `${Names.uniqueResourceName(this, { maxLength: 80 })}-${props.imageId}`,
      roleName: provider.permissions.role.roleName,
      policyDocument: new iam.PolicyDocument({ statements: [provider.permissions.sharingOf(props.imageId)] }),
    });
    const properties: ImageSharingProperties = {
      ImageId: props.imageId,
      ImageNamePrefix: 'unused',
      TimeoutSeconds: TIMEOUT.toSeconds(),
      ...sharedWith.properties,
    };
    const resource = new CustomResource(this, 'Resource', {
      resourceType: RESOURCE_TYPES.imageSharing,
      serviceToken: provider.serviceToken,
      serviceTimeout: serviceTimeout(TIMEOUT),
      removalPolicy: RemovalPolicy.DESTROY,
      properties: { ...properties },
    });
    resource.node.addDependency(policy);
  }
}
