import { Arn, ArnFormat, CustomResource, Duration, Fn, ITaggableV2, Lazy, Names, RemovalPolicy, Stack, TagManager, TagType } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ImageAttributes, ImageProperties, Tag } from '../contract';
import { grantKeyForLaunch, launchStatements } from './launch-grants';
import { AmiProvider, serviceTimeout } from '../provider/ami-provider';
import { SharedPrincipals } from '../sharing/shared-principals';
import { checkDescription, checkImageName, checkTimeout, MAX_USER_TAGS, tagErrors } from './validate-ami';

/**
 * What every image of this library can be given.
 */
export interface CommonAmiProps {
  /**
   * The name of the AMI: 3 to 128 letters, digits and `( ) . / _ -`, unique in the account and Region.
   *
   * A change replaces the AMI. A name of your own cannot survive another change that replaces the AMI, because the new image
   * exists before the old one goes and EC2 allows a name only once: change the name along with it, or leave it out.
   *
   * @default - a unique name made of the stack's name, the construct's path and the request
   */
  readonly imageName?: string;

  /**
   * The description of the AMI, 1 to 255 characters. A change is made in place.
   *
   * @default - says what the AMI was made from
   */
  readonly description?: string;

  /**
   * What happens to the AMI and its snapshots when the construct is removed from the stack, the stack is deleted, or the AMI is
   * replaced by another. With `RETAIN` CloudFormation never asks for the removal: the AMI and its snapshots stay, with all
   * their tags, and are yours to remove.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * How long the AMI may take to be made, 1 minute to 1 hour. When it is over, the deployment fails with a sentence that says
   * how far the AMI had come, and what was made is removed. The last minute of an hour is kept for saying so, because
   * CloudFormation hears nothing after an hour. A change is made in place.
   *
   * @default Duration.hours(1)
   */
  readonly timeout?: Duration;

  /**
   * Where the functions that make the AMI write their log. All constructs of this library in a stack share these functions, so
   * they share the log group: two different ones in a stack are refused.
   *
   * @default - a log group of the stack's own, which goes with the stack
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * How long the log group that the library makes keeps the log. Shared like `logGroup`, and refused together with it.
   *
   * @default logs.RetentionDays.ONE_MONTH
   */
  readonly logRetention?: logs.RetentionDays;
}

/** What a kind of image tells its base. */
export interface AmiDefinition {
  readonly resourceType: string;
  readonly provider: AmiProvider;
  /** The keys that whoever launches the image must be able to use, as far as they are known here. */
  readonly launchKeys: readonly kms.IKey[];
  /** Whether the snapshots can be shared with accounts; they can, if it does not say. */
  readonly shareable?: boolean;
  readonly properties: Omit<object, keyof ImageProperties>;
}

/**
 * An AMI that CloudFormation makes while the stack deploys.
 *
 * It is a machine image: give it to an instance, a launch template or an Auto Scaling group, and they wait for it. `Tags.of()`
 * reaches the AMI and every snapshot of it; a changed tag is changed in place.
 *
 * @internal
 */
export abstract class AmiBase extends Construct implements ec2.IMachineImage, ITaggableV2 {
  /**
   * The tags of the AMI and of each of its snapshots.
   */
  public readonly cdkTagManager: TagManager;

  /**
   * The id of the AMI, such as `ami-0ff8a91507f77f867`. Known when the stack deploys, and only once the AMI is available and verified.
   *
   * @attribute
   */
  public readonly imageId: string;

  /**
   * The ARN of the AMI. Known when the stack deploys.
   *
   * @attribute
   */
  public readonly imageArn: string;

  /**
   * The name of the AMI. Known when the stack deploys.
   *
   * @attribute
   */
  public readonly imageName: string;

  /**
   * The architecture of the AMI as EC2 calls it, such as `x86_64` or `arm64`. Known when the stack deploys.
   *
   * @attribute
   */
  public readonly imageArchitecture: string;

  /**
   * The name of the root device, such as `/dev/xvda`. Known when the stack deploys.
   *
   * @attribute
   */
  public readonly imageRootDeviceName: string;

  /**
   * The id of the snapshot of the root device. Known when the stack deploys.
   *
   * @attribute
   */
  public readonly imageRootSnapshotId: string;

  /**
   * The ids of the AMI's snapshots, in the order of its devices. A list token: known, and as long as it is, when the stack deploys.
   *
   * @attribute
   */
  public readonly imageSnapshotIds: string[];

  private readonly launchKeys: readonly kms.IKey[];
  private readonly shareable: boolean;
  private readonly resource: CustomResource;
  private readonly provider: AmiProvider;
  private readonly sharedWith: SharedPrincipals;

  protected constructor(scope: Construct, id: string, props: CommonAmiProps, define: (self: AmiBase) => AmiDefinition) {
    super(scope, id);
    checkImageName(props.imageName);
    checkDescription(props.description);
    checkTimeout(props.timeout);
    const definition = define(this);
    this.launchKeys = [...new Set(definition.launchKeys)];
    this.shareable = definition.shareable ?? true;
    this.provider = definition.provider;
    this.sharedWith = new SharedPrincipals(this.launchKeys);
    this.cdkTagManager = new TagManager(TagType.STANDARD, definition.resourceType);
    this.node.addValidation({ validate: () => this.checkTags() });

    const common: ImageProperties = {
      ImageName: props.imageName,
      ImageNamePrefix: Names.uniqueResourceName(this, { maxLength: 96, separator: '-' }),
      Description: props.description,
      Tags: Lazy.any({ produce: () => this.tags() }, { omitEmptyArray: true }) as unknown as Tag[],
      TimeoutSeconds: (props.timeout ?? Duration.hours(1)).toSeconds(),
      ...this.sharedWith.properties,
    };
    const resource = new CustomResource(this, 'Resource', {
      resourceType: definition.resourceType,
      serviceToken: definition.provider.serviceToken,
      serviceTimeout: serviceTimeout(props.timeout),
      removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
      properties: { ...common, ...definition.properties },
    });

    const { permissions } = definition.provider;
    const statements = permissions.takeOwnStatements();
    if (statements.length > 0) {
      resource.node.addDependency(new iam.Policy(this, 'Policy', { roles: [permissions.role], statements }));
    }
    resource.node.addDependency(...permissions.takeOutlasting());

    this.resource = resource;
    const attribute = (name: keyof ImageAttributes) => this._attribute(name);
    this.imageId = attribute('ImageId');
    this.imageName = attribute('ImageName');
    this.imageArchitecture = attribute('Architecture');
    this.imageRootDeviceName = attribute('RootDeviceName');
    this.imageRootSnapshotId = attribute('RootSnapshotId');
    this.imageSnapshotIds = Fn.split(',', attribute('SnapshotIds'));
    this.imageArn = Arn.format(
      // the ARN of an image has no account
      { service: 'ec2', account: '', resource: 'image', resourceName: this.imageId, arnFormat: ArnFormat.SLASH_RESOURCE_NAME },
      Stack.of(this),
    );
  }

  /**
   * What an instance needs to know of the image: its id, the operating system of the source, and user data of its own.
   */
  public abstract getImage(scope: Construct): ec2.MachineImageConfig;

  /**
   * Allows a principal to launch instances from this AMI: `ec2:RunInstances` with the AMI and what a launch makes (instances,
   * volumes, network interfaces) or uses (subnets, security groups, key pairs), and the use of the
   * AMI's keys through EC2, as far as they were given to this construct.
   *
   * A principal that has no policy of its own in this app, such as the service-linked role of Auto Scaling, gets its part of the
   * key in the key's policy; a key that was imported must allow it by itself.
   *
   * @see the page "Required AWS KMS key policy for use with encrypted volumes" in the Amazon EC2 Auto Scaling User Guide
   */
  public grantLaunch(grantee: iam.IGrantable): iam.Grant {
    const grants = launchStatements(this, this.imageArn).map(statement => iam.Grant.addToPrincipal({ ...statement, grantee }));
    grants.push(...this.launchKeys.flatMap(key => grantKeyForLaunch(this, key, grantee)));
    return grants.reduce((all, grant) => all.combine(grant));
  }

  /**
   * Shares the AMI with other accounts: the AMI, each of its snapshots, and the keys that were given to this construct, which is what it takes to
   * launch from it and to copy it. Keys of this app get what the accounts need in their policies; a key that was imported must allow it by itself.
   *
   * A change is made in place; an account that is not named any more loses the AMI and its snapshots, but not the copies that it has made. What is
   * under the AWS managed key `aws/ebs` can never be shared: the deployment fails, and says so.
   *
   * @see the page "Share an AMI with specific AWS accounts" in the Amazon EC2 User Guide
   */
  public shareWithAccounts(...accountIds: string[]): void {
    if (!this.shareable) {
      throw new Error('an AMI whose snapshots are on an Outpost cannot be shared with accounts, because EBS shares no snapshot that is on one: share its source instead');
    }
    this.provider.permissions.allowSharing();
    this.sharedWith.addAccounts(accountIds);
  }

  /**
   * Shares the AMI, and the keys that were given to this construct, with the accounts of organizations, by the ARNs of these. They may launch from
   * the AMI. Snapshots cannot be shared with organizations: to copy the AMI, an account must be named by `shareWithAccounts()`.
   *
   * A change is made in place.
   *
   * @see the page "Share an AMI with organizations or organizational units" in the Amazon EC2 User Guide
   */
  public shareWithOrganizations(...organizationArns: string[]): void {
    this.sharedWith.addOrganizations(organizationArns);
  }

  /**
   * Shares the AMI, and the keys that were given to this construct, with the accounts of organizational units, by the ARNs of these. They may launch
   * from the AMI. Snapshots cannot be shared with organizational units: to copy the AMI, an account must be named by `shareWithAccounts()`.
   *
   * A change is made in place.
   *
   * @see the page "Share an AMI with organizations or organizational units" in the Amazon EC2 User Guide
   */
  public shareWithOrganizationalUnits(...organizationalUnitArns: string[]): void {
    this.sharedWith.addOrganizationalUnits(organizationalUnitArns);
  }

  /**
   * What the handler says of the image.
   *
   * @internal
   */
  protected _attribute(name: string): string {
    return this.resource.getAttString(name);
  }

  private tags(): Tag[] {
    return Object.entries(this.cdkTagManager.tagValues()).map(([Key, Value]) => ({ Key, Value }));
  }

  private checkTags(): string[] {
    const tags = this.tags();
    const tooMany = tags.length > MAX_USER_TAGS ? [`an AMI takes ${MAX_USER_TAGS} tags, got ${tags.length}: exclude some of them with Tags.of(...).remove(...)`] : [];
    return [...tooMany, ...tagErrors(tags)];
  }
}
