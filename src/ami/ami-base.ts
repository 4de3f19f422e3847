import { Arn, ArnFormat, CustomResource, Duration, Fn, ITaggableV2, Lazy, Names, RemovalPolicy, Stack, TagManager, TagType } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { IAmi } from './ami';
import { grantKeyForLaunch, launchStatements } from './launch-grants';
import * as messages from './messages';
import { checkDescription, checkImageName, checkTimeout } from './validate-ami';
import { checkTags } from './validate-tags';
import { ImageAttributes, ImageProperties, Tag } from '../contract';
import { AmiProvider, serviceTimeout } from '../provider/ami-provider';
import { SharedPrincipals } from '../sharing/shared-principals';

/**
 * Properties of every construct that creates an AMI.
 */
export interface CommonAmiProps {
  /**
   * The name of the AMI: 3 to 128 letters, digits and characters of `-_./()`, unique in the account and Region.
   *
   * Changing it requires replacement. CloudFormation creates the new AMI before it deletes the old one, so any other change that requires
   * replacement fails until the name is changed too. Excludes `imageNamePrefix`.
   *
   * @default - a unique name that begins with the stack name and the construct path
   */
  readonly imageName?: string;

  /**
   * What the name of the AMI begins with: 1 to 96 letters, digits and characters of `-_./()`. A hyphen and a unique suffix follow, so that an AMI and its
   * replacement have different names.
   *
   * Changing it requires replacement. Excludes `imageName`.
   *
   * @default - the stack name and the construct path
   */
  readonly imageNamePrefix?: string;

  /**
   * The description of the AMI: 1 to 255 characters. Changing it updates the AMI in place.
   *
   * @default - a description that names the source
   */
  readonly description?: string;

  /**
   * A text of your choice, such as a version or a date: change it to create a new AMI when nothing else changed. Changing it requires replacement.
   *
   * @default - none
   */
  readonly contentVersion?: string;

  /**
   * What happens to the AMI and its snapshots when the construct is removed from the stack, the stack is deleted, or the AMI is replaced. With
   * `RETAIN` they stay, with all their tags, and you delete them yourself.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * How long the creation of the AMI may take: 1 minute to 1 hour, of which the last minute is reserved for reporting the failure, because
   * CloudFormation waits an hour at most. After that the deployment fails with the progress of the AMI, and the partly created AMI is deleted.
   *
   * Changing it updates the AMI in place.
   *
   * @default Duration.hours(1)
   */
  readonly timeout?: Duration;

  /**
   * The log group of the functions that create the AMI. All constructs of this library in a stack share these functions, so two different log groups
   * in one stack are refused. Changing it updates the AMI in place.
   *
   * @default - a log group that keeps events for a month and is deleted with the stack
   */
  readonly logGroup?: logs.ILogGroup;
}

/** What an AMI construct passes to its base class. */
export interface AmiResource {
  readonly resourceType: string;
  readonly provider: AmiProvider;
  readonly properties: Omit<object, keyof ImageProperties>;
  readonly props: CommonAmiProps;
  /** The keys that whoever launches the AMI must be able to use, as far as they are known at synthesis. */
  readonly launchKeys: readonly kms.IKey[];
  /** Why the snapshots cannot be shared with accounts; they can if it is left out. */
  readonly notShareable?: string;
  /** The operating system, and new user data for each instance that is launched. */
  readonly launchConfig: () => Pick<ec2.MachineImageConfig, 'osType' | 'userData'>;
}

/**
 * The base class of `EncryptedAmiCopy`, `MultiKeyAmiBuilder` and `InstanceAmi`: an AMI that CloudFormation creates while the stack deploys.
 *
 * It is a machine image: pass it to an instance, a launch template or an Auto Scaling group, which are created after it. `Tags.of()` tags the AMI and
 * each of its snapshots; changing a tag updates the AMI in place. Not for classes of your own: use one of the three.
 */
export abstract class AmiBase extends Construct implements IAmi, ITaggableV2 {
  private created?: AmiResource & {
    readonly resource: CustomResource;
    readonly tagManager: TagManager;
    readonly sharedWith: SharedPrincipals;
    readonly attributes: ImageAttributes & { readonly arn: string; readonly snapshotIds: string[] };
  };

  protected constructor(scope: Construct, id: string, props: CommonAmiProps) {
    super(scope, id);
    checkImageName(props);
    checkDescription(props.description);
    checkTimeout('timeout', props.timeout);
  }

  /**
   * The tags of the AMI and of each of its snapshots.
   */
  public get cdkTagManager(): TagManager {
    return this.ami.tagManager;
  }

  /**
   * The ID of the AMI, such as `ami-0ff8a91507f77f867`. Known when the stack deploys, once the AMI is available and verified.
   *
   * @attribute
   */
  public get imageId(): string {
    return this.ami.attributes.ImageId;
  }

  /**
   * The ARN of the AMI. Known when the stack deploys.
   *
   * @attribute
   */
  public get imageArn(): string {
    return this.ami.attributes.arn;
  }

  /**
   * The name of the AMI. Known when the stack deploys.
   *
   * @attribute
   */
  public get imageName(): string {
    return this.ami.attributes.ImageName;
  }

  /**
   * The architecture of the AMI: `x86_64`, `arm64` or another value of EC2. Known when the stack deploys.
   *
   * @attribute
   */
  public get imageArchitecture(): string {
    return this.ami.attributes.Architecture;
  }

  /**
   * The name of the root device, such as `/dev/xvda`. Known when the stack deploys.
   *
   * @attribute
   */
  public get imageRootDeviceName(): string {
    return this.ami.attributes.RootDeviceName;
  }

  /**
   * The ID of the snapshot of the root device. Known when the stack deploys.
   *
   * @attribute
   */
  public get imageRootSnapshotId(): string {
    return this.ami.attributes.RootSnapshotId;
  }

  /**
   * The IDs of the snapshots of the AMI, in the order of its devices: a list token whose length is known when the stack deploys.
   *
   * @attribute
   */
  public get imageSnapshotIds(): string[] {
    return this.ami.attributes.snapshotIds;
  }

  /**
   * The ID of the AMI, the operating system of its source, and new user data.
   */
  public getImage(scope: Construct): ec2.MachineImageConfig {
    // an interface of CDK; the AMI is the same for every scope
    void scope;
    return { imageId: this.imageId, ...this.ami.launchConfig() };
  }

  /**
   * Allows a principal to launch instances from this AMI: `ec2:RunInstances` with the AMI, with what a launch creates (instances, volumes, network
   * interfaces) or uses (subnets, security groups, key pairs), and the use of the keys that were given to this construct through EC2.
   *
   * A principal without a policy of its own in this app, such as the service-linked role of Auto Scaling, is allowed in the policy of the key. The
   * policy of an imported key does not change, so it must allow the principal already. See the page "Required AWS KMS key policy for use with
   * encrypted volumes" of the Amazon EC2 Auto Scaling User Guide.
   */
  public grantLaunch(grantee: iam.IGrantable): iam.Grant {
    const grants = launchStatements(this, this.imageArn).map(statement => iam.Grant.addToPrincipal({ ...statement, grantee }));
    grants.push(...this.ami.launchKeys.flatMap(key => grantKeyForLaunch(this, key, grantee)));
    return grants.reduce((all, grant) => all.combine(grant));
  }

  /**
   * Shares the AMI, each of its snapshots, and the keys that were given to this construct with accounts: IDs of 12 digits, at least one. They can
   * launch from the AMI and copy it. The policy of an imported key does not change, so it must allow the accounts already.
   *
   * Changing the accounts updates the AMI in place: an account that is removed can no longer use the AMI and its snapshots, but keeps its copies.
   * Snapshots that are encrypted with the AWS managed key `aws/ebs` cannot be shared: the deployment fails. See the page "Share an AMI with specific
   * AWS accounts" of the Amazon EC2 User Guide.
   */
  public shareWithAccounts(...accountIds: string[]): void {
    const { notShareable, provider, sharedWith } = this.ami;
    if (notShareable !== undefined) {
      throw new Error(notShareable);
    }
    sharedWith.addAccounts(...accountIds);
    provider.permissions.allowSharing();
  }

  /**
   * Shares the AMI, and the keys that were given to this construct, with the accounts of organizations: ARNs, at least one. The accounts can launch
   * from the AMI, but not copy it, because snapshots cannot be shared with organizations: that takes `shareWithAccounts()`.
   *
   * Changing the organizations updates the AMI in place. See the page "Share an AMI with organizations or organizational units" of the Amazon EC2
   * User Guide.
   */
  public shareWithOrganizations(...organizationArns: string[]): void {
    this.ami.sharedWith.addOrganizations(...organizationArns);
  }

  /**
   * Shares the AMI, and the keys that were given to this construct, with the accounts of organizational units: ARNs, at least one. The accounts can
   * launch from the AMI, but not copy it, because snapshots cannot be shared with organizational units: that takes `shareWithAccounts()`.
   *
   * Changing the organizational units updates the AMI in place. See the page "Share an AMI with organizations or organizational units" of the
   * Amazon EC2 User Guide.
   */
  public shareWithOrganizationalUnits(...organizationalUnitArns: string[]): void {
    this.ami.sharedWith.addOrganizationalUnits(...organizationalUnitArns);
  }

  /**
   * Creates the custom resource. Each AMI construct calls it once, in its constructor.
   *
   * @internal
   */
  protected _createResource(ami: AmiResource): void {
    const { props, provider, resourceType } = ami;
    const tagManager = new TagManager(TagType.STANDARD, resourceType);
    const tags = (): Tag[] => Object.entries(tagManager.tagValues()).map(([Key, Value]) => ({ Key, Value }));
    this.node.addValidation({ validate: () => checkTags(tags()) });
    const launchKeys = [...new Set(ami.launchKeys)];
    const sharedWith = new SharedPrincipals(launchKeys);
    const common: Record<keyof ImageProperties, unknown> = {
      ImageName: props.imageName,
      ImageNamePrefix: props.imageNamePrefix,
      GeneratedNamePrefix: Names.uniqueResourceName(this, { maxLength: 96, separator: '-' }),
      Description: props.description,
      ContentVersion: props.contentVersion,
      Tags: Lazy.any({ produce: tags }, { omitEmptyArray: true }),
      TimeoutSeconds: (props.timeout ?? Duration.hours(1)).toSeconds(),
      SharedAccountIds: sharedWith.properties.SharedAccountIds,
      SharedOrganizationArns: sharedWith.properties.SharedOrganizationArns,
      SharedOrganizationalUnitArns: sharedWith.properties.SharedOrganizationalUnitArns,
    };
    const resource = new CustomResource(this, 'Resource', {
      resourceType,
      serviceToken: provider.serviceToken,
      serviceTimeout: serviceTimeout(props.timeout),
      removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
      properties: { ...common, ...ami.properties },
    });
    const statements = provider.permissions.takeOwnStatements();
    if (statements.length > 0) {
      resource.node.addDependency(new iam.Policy(this, 'Policy', { roles: [provider.permissions.role], statements }));
    }
    resource.node.addDependency(...provider.permissions.takeOutlasting());
    this.created = { ...ami, launchKeys, resource, tagManager, sharedWith, attributes: this.attributesOf(resource) };
  }

  /**
   * An attribute of the custom resource.
   *
   * @internal
   */
  protected _attribute(name: string): string {
    return this.ami.resource.getAttString(name);
  }

  private get ami() {
    if (!this.created) {
      throw new Error(messages.baseClassCreatesNothing());
    }
    return this.created;
  }

  private attributesOf(resource: CustomResource) {
    const attribute = (name: keyof ImageAttributes) => resource.getAttString(name);
    const imageId = attribute('ImageId');
    const SnapshotIds = attribute('SnapshotIds');
    return {
      ImageId: imageId,
      ImageName: attribute('ImageName'),
      Architecture: attribute('Architecture'),
      RootDeviceName: attribute('RootDeviceName'),
      RootSnapshotId: attribute('RootSnapshotId'),
      SnapshotIds,
      snapshotIds: Fn.split(',', SnapshotIds),
      // the ARN of an image has no account
      arn: Arn.format({ service: 'ec2', account: '', resource: 'image', resourceName: imageId, arnFormat: ArnFormat.SLASH_RESOURCE_NAME }, Stack.of(this)),
    };
  }
}
