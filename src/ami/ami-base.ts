import { Annotations, CfnDeletionPolicy, CfnResource, CustomResource, Duration, ITaggableV2, Lazy, Names, Stack, TagManager, TagType, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { IAmi } from './ami';
import { AmiAttributes, getAttributeTokens } from './ami-attribute-tokens';
import { CommonAmiProps } from './common-ami-props';
import { refuseEqualImageNames } from './distinct-image-names';
import { grantRunInstances } from './launch-grants';
import * as messages from './messages';
import { ServiceLinkedRole, ServiceLinkedRoleGrantOptions } from './service-linked-role';
import { createServiceLinkedRole, serviceLinkedRolePrincipal } from './service-linked-role-grants';
import { validateDescription, validateImageName, validateRemovalPolicy, validateTimeout } from './validate-ami';
import { validateTags } from './validate-tags';
import { ImageProperties, Tag } from '../contract';
import { rememberKeys } from '../keys/ami-keys';
import { grantKeyForLaunch } from '../keys/grant-key';
import { describePrincipal, keyPolicyStatements } from '../keys/key-policy-advice';
import { validateKeysOfRetainedAmi } from '../keys/validate-keys';
import { AmiProvider, serviceTimeout } from '../provider/ami-provider';
import { HandlerPermissions } from '../provider/handler-permissions';
import { resolveKeys } from '../provider/key-resource';
import { refuseOverlaps } from '../sharing/overlapping-sharings';
import { SharedPrincipals } from '../sharing/shared-principals';
import { allowSharing } from '../sharing/sharing-permissions';

/** Arguments of the base class for the custom resource of an AMI. */
export interface AmiResource {
  readonly resourceType: string;
  readonly provider: AmiProvider;
  /** The permissions of this construct. */
  readonly permissions: HandlerPermissions;
  readonly properties: Omit<object, keyof ImageProperties>;
  readonly props: CommonAmiProps;
  /** Every key that a device of the AMI can have, as far as it is known at synthesis: who launches or copies the AMI must be allowed to use them. */
  readonly deviceKeys: readonly kms.IKey[];
  /** The Regions whose EC2 uses the keys; that of the stack by default. */
  readonly keyRegions?: readonly string[];
  /** The role that the AMI is created with: it must exist before. */
  readonly buildRole?: ServiceLinkedRole;
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
    readonly attributes: AmiAttributes;
  };

  protected constructor(scope: Construct, id: string, props: CommonAmiProps) {
    super(scope, id);
    validateImageName(props);
    validateDescription(props.description);
    validateTimeout('timeout', props.timeout);
    validateRemovalPolicy(props.removalPolicy);
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
    return this.ami.attributes.imageId;
  }

  /**
   * The ARN of the AMI. Known when the stack deploys.
   *
   * @attribute
   */
  public get imageArn(): string {
    return this.ami.attributes.imageArn;
  }

  /**
   * The name of the AMI. Known when the stack deploys.
   *
   * @attribute
   */
  public get imageName(): string {
    return this.ami.attributes.imageName;
  }

  /**
   * The architecture of the AMI: `x86_64`, `arm64` or another value of EC2. Known when the stack deploys.
   *
   * @attribute
   */
  public get imageArchitecture(): string {
    return this.ami.attributes.architecture;
  }

  /**
   * The name of the root device, such as `/dev/xvda`. Known when the stack deploys.
   *
   * @attribute
   */
  public get imageRootDeviceName(): string {
    return this.ami.attributes.rootDeviceName;
  }

  /**
   * The ID of the snapshot of the root device. Known when the stack deploys.
   *
   * @attribute
   */
  public get imageRootSnapshotId(): string {
    return this.ami.attributes.rootSnapshotId;
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
   * interfaces) or uses (subnets and security groups, also of another account that shares them, key pairs, launch templates); `ec2:CreateTags` as part of
   * RunInstances; and the use of the keys that were given to this construct through EC2. Not included: `iam:PassRole` for an instance profile,
   * `ssm:GetParameters` for a launch template with `resolve:ssm:`, and `ec2:CreateFleet`.
   *
   * A principal without a policy of its own in this app is allowed in the policy of the key. The policy of an imported key does not change, so it must
   * allow the principal already. For an Auto Scaling group use `grantLaunchToServiceLinkedRole()`.
   */
  public grantLaunch(grantee: iam.IGrantable): iam.Grant {
    const grants = [grantRunInstances(this, this.imageArn, grantee), ...this.ami.deviceKeys.flatMap(key => grantKeyForLaunch(this, key, grantee))];
    return grants.reduce((all, grant) => all.combine(grant));
  }

  /**
   * Allows a service-linked role of the account, such as that of Auto Scaling, to use the keys that were given to this construct through EC2. The policy of
   * the role itself allows it to launch any AMI, but no key. Without this, instances end with "Client.InternalError".
   *
   * The policy of an imported key does not change, so it must allow the role already. See the page "Required AWS KMS key policy for use with encrypted
   * volumes" of the Amazon EC2 Auto Scaling User Guide.
   */
  public grantLaunchToServiceLinkedRole(role: ServiceLinkedRole, options: ServiceLinkedRoleGrantOptions = {}): iam.Grant {
    const { deviceKeys, buildRole } = this.ami;
    if (options.createRole) {
      const created = createServiceLinkedRole(this, role, deviceKeys);
      if (buildRole?.roleName === role.roleName && created.stack === Stack.of(this)) {
        this.node.addDependency(created);
      }
    }
    const grantee = serviceLinkedRolePrincipal(this, role);
    const [first, ...others] = deviceKeys.flatMap(key => grantKeyForLaunch(this, key, grantee));
    return others.reduce((all, grant) => all.combine(grant), first ?? iam.Grant.drop(grantee, 'Use the keys of the AMI'));
  }

  /**
   * Shares the AMI, each of its snapshots, and the keys that were given to this construct with accounts: IDs of 12 digits, at least one. They can
   * launch from the AMI and copy it. The policy of an imported key does not change, so it must allow the accounts already.
   *
   * Changing the accounts updates the AMI in place: an account that is removed can no longer use the AMI and its snapshots, but keeps its copies.
   * Snapshots that are encrypted with the AWS managed key `aws/ebs` cannot be shared: the deployment fails before anything is created. An account that
   * somebody else has shared the AMI with keeps it when it is no longer declared. See the page "Share an AMI with specific
   * AWS accounts" of the Amazon EC2 User Guide.
   */
  public shareWithAccounts(...accountIds: string[]): void {
    const { notShareable, permissions, sharedWith } = this.ami;
    if (notShareable !== undefined) {
      throw new Error(notShareable);
    }
    sharedWith.addAccounts(...accountIds);
    allowSharing(permissions, accountIds);
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
   * The statements that the policy of an imported key must have, so that the handler can create this AMI with it: add them to the policies of the keys that
   * are passed to this construct, where the owner of a key does not delegate to IAM, or is another account. They allow the account of the stack, or only the
   * handler role if `handlerRoleName` is set; the role need not exist yet.
   */
  public keyPolicyStatementsForHandler(): iam.PolicyStatement[] {
    const { keyRegions = [Stack.of(this).region], provider } = this.ami;
    const roleArn = provider.handlerRoleArn;
    return keyPolicyStatements({
      principal: { AWS: Stack.of(this).account },
      regions: keyRegions,
      conditions: roleArn === undefined ? undefined : { ArnEquals: { 'aws:PrincipalArn': roleArn } },
    });
  }

  /**
   * The statements that the policy of an imported key must have, so that a principal can use this AMI: a role or a service-linked role that launches from it
   * in the Region of the stack, or, with `new iam.AccountPrincipal()`, an account that launches from it or copies it to any Region. Add them to the
   * policy of each key that a device of the AMI has. `grantLaunch()` and `shareWithAccounts()` do this for keys of the app.
   */
  public keyPolicyStatementsForUse(principal: iam.IPrincipal): iam.PolicyStatement[] {
    const copiesToAnyRegion = principal instanceof iam.AccountPrincipal || principal instanceof iam.OrganizationPrincipal;
    return keyPolicyStatements({
      principal: describePrincipal(principal),
      regions: copiesToAnyRegion ? undefined : [Stack.of(this).region],
      conditions: principal.policyFragment.conditions as Record<string, Record<string, unknown>>,
    });
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
    this.node.addValidation({ validate: () => validateTags(tags()) });
    const deviceKeys = resolveKeys(ami.deviceKeys);
    const sharedWith = new SharedPrincipals(this, deviceKeys);
    const common: Record<keyof ImageProperties, unknown> = {
      ImageName: props.imageName,
      ImageNamePrefix: props.imageNamePrefix,
      GeneratedNamePrefix: Names.uniqueResourceName(this, { maxLength: 96, separator: '-' }),
      Description: props.description,
      ContentVersion: props.contentVersion,
      Tags: Lazy.any({ produce: tags }, { omitEmptyArray: true }),
      TimeoutSeconds: (props.timeout ?? Duration.hours(1)).toSeconds(),
      // of the finished resource, so that Aspects and escape hatches count
      RemovalPolicy: Lazy.string({ produce: () => getRemovalPolicy(resource) }),
      SharedAccountIds: sharedWith.properties.SharedAccountIds,
      SharedOrganizationArns: sharedWith.properties.SharedOrganizationArns,
      SharedOrganizationalUnitArns: sharedWith.properties.SharedOrganizationalUnitArns,
    };
    const resource: CustomResource = new CustomResource(this, 'Resource', {
      resourceType,
      serviceToken: provider.serviceToken,
      serviceTimeout: serviceTimeout(props.timeout),
      removalPolicy: props.removalPolicy,
      properties: { ...common, ...ami.properties },
    });
    const { SourceImageId, InstanceId } = ami.properties as { SourceImageId?: string; InstanceId?: string };
    if (props.imageName !== undefined && !Token.isUnresolved(props.imageName) && Token.isUnresolved(SourceImageId ?? InstanceId)) {
      Annotations.of(this).addWarningV2('cdk-encrypted-ami:imageName', messages.imageNameCollides({ imageName: props.imageName }));
    }
    this.node.addValidation({ validate: () => getRemovalPolicy(resource) === 'Retain' ? validateKeysOfRetainedAmi(this, deviceKeys) : [] });
    refuseEqualImageNames(this, resource.node.defaultChild as CfnResource, props.imageName);
    ami.permissions.applyTo(resource);
    rememberKeys(resource.node.defaultChild as CfnResource, deviceKeys);
    this.created = { ...ami, deviceKeys, resource, tagManager, sharedWith, attributes: getAttributeTokens(this, resource) };
    refuseOverlaps(this, this.imageId, sharedWith);
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
}

/** `Delete` only where CloudFormation deletes the AMI in every case. */
function getRemovalPolicy(resource: CustomResource): string {
  const { cfnOptions } = resource.node.defaultChild as CfnResource;
  return [cfnOptions.deletionPolicy, cfnOptions.updateReplacePolicy].every(policy => policy === undefined || policy === CfnDeletionPolicy.DELETE) ? 'Delete' : 'Retain';
}
