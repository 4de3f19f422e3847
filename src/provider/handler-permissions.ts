import { Annotations, Aws, CfnParameter, Reference, Stack, Token, Tokenization } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import * as messages from './messages';
import { OWNER_TAG } from '../contract';

type Conditions = Record<string, Record<string, unknown>>;

/** Only the AWS managed key of EBS. */
const OF_EBS: Conditions = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/aws/ebs'] } };

/** Of 180 characters each, beside 7,000 of what all constructs share. */
const MOST_OWN_POLICIES = 12;

/** What a build by instance touches that was there before. */
export interface BuildByInstance {
  readonly imageId: string;
  readonly subnetIds?: string[];
  readonly securityGroupIds: string[];
  /** Whether volumes are made besides those of the source. */
  readonly volumes: boolean;
  /** Snapshots that such volumes are made from. */
  readonly snapshotIds: string[];
  /** Whether the end of the console's output is read. */
  readonly console: boolean;
}

/** What the handler's role may do with EC2, by the kinds of image that the stack has. Each statement is one that a call needs. */
export class HandlerPolicy {
  private readonly image: string;
  private readonly snapshot: string;
  private readonly allowed = new Set<string>();
  private readonly extended = new Map<string, iam.PolicyStatement>();
  private readonly own: iam.PolicyStatement[] = [];
  private ownPolicies = 0;
  private readonly removals = new Map<string, iam.Policy>();
  private readonly outlasting: iam.Policy[] = [];

  public constructor(private readonly scope: Construct, public readonly role: iam.Role) {
    const stack = Stack.of(scope);
    // the ARNs of images and snapshots have no account
    this.image = stack.formatArn({ service: 'ec2', account: '', resource: 'image', resourceName: '*' });
    this.snapshot = stack.formatArn({ service: 'ec2', account: '', resource: 'snapshot', resourceName: '*' });
  }

  /** Copying an image of this Region, looking at it, changing it and removing it. */
  public allowCopy(): void {
    this.addOnce('copy', () => {
      this.allowManagingAmi();
      // The id of the image to come is not known, and CopyImage has no condition on tags of a resource: what a copy can read is
      // limited by who shares what with the account, and what it can decrypt by the keys.
      this.allow('Copy', ['ec2:CopyImage'], [this.image, this.snapshot]);
      this.allow('TagOnCopy', ['ec2:CreateTags'], [this.image, this.snapshot], this.onlyNewlyTagged('CopyImage'));
    });
  }

  /** Copying an image of another Region: reading it there. It is not documented which Region's ARNs EC2 asks for, so both are allowed. */
  public allowCopyFrom(region: string): void {
    this.addOnce(`copy from ${region}`, () => {
      const [image, snapshot] = ['image', 'snapshot'].map(resource =>
        Stack.of(this.scope).formatArn({ service: 'ec2', region, account: '', resource, resourceName: '*' }));
      this.addResources('CopyFrom', ['ec2:CopyImage'], [image, snapshot], []);
      this.addResources('ReadBootDataFrom', ['ec2:DescribeImageAttribute'], [image], []);
      this.addResources('EbsKeyMetadataFrom', ['kms:DescribeKey'], [this.anyKey(region)], [], OF_EBS);
    });
  }

  /**
   * Copying an image that is backed by S3, which EC2 does in the name of the caller, from a bucket of its owner to one that EC2 makes.
   *
   * @see the page "Permissions for copying AMIs" in the Amazon EC2 User Guide
   */
  public allowS3BackedCopy(sourceBucket: s3.IBucket): void {
    this.addResources('ReadBundle', ['s3:GetObject'], [sourceBucket.arnForObjects('*')], [sourceBucket.bucketName]);
    this.addOnce('s3', () => {
      const { account, region } = Stack.of(this.scope);
      const bucket = Stack.of(this.scope).formatArn({ service: 's3', region: '', account: '', resource: `amis-for-${account}-in-${region}-*` });
      this.allow('ListBuckets', ['s3:ListAllMyBuckets'], ['*']);
      this.allow('BundleBucket', ['s3:CreateBucket', 's3:GetBucketAcl', 's3:PutBucketOwnershipControls'], [bucket]);
      this.allow('WriteBundle', ['s3:PutObject', 's3:PutObjectAcl'], [`${bucket}/*`]);
    });
  }

  /** Sharing the snapshots of an image of this stack; for the image itself, the statement is there. */
  public allowSharing(): void {
    this.addOnce('sharing', () => this.allow('ShareSnapshots', ['ec2:ModifySnapshotAttribute'], [this.snapshot], this.onlyOwned()));
  }

  /**
   * Sharing an image that was there before, and its snapshots, which EC2 lets nobody but their owner do. In a policy of the construct's own, so that
   * it is still there when the construct goes and the sharing has to be taken back.
   */
  public sharingOf(imageId: string): iam.PolicyStatement {
    this.allowManagingAmi();
    const image = Stack.of(this.scope).formatArn({ service: 'ec2', account: '', resource: 'image', resourceName: imageId });
    return new iam.PolicyStatement({ sid: 'ShareExisting', actions: ['ec2:ModifyImageAttribute', 'ec2:ModifySnapshotAttribute'], resources: [image, this.snapshot] });
  }

  /** Launching a builder, giving it volumes, making an image of it, and removing it again. */
  public allowBuildByInstance(build: BuildByInstance): void {
    const made = ['instance', 'volume', 'network-interface'].map(resource => this.arn(resource));
    this.addOnce('instance', () => {
      this.allowBuild();
      this.allow('LaunchBuilder', ['ec2:RunInstances'], made, this.onlyNewlyTagged());
      this.allow('TagOnLaunch', ['ec2:CreateTags'], made, this.onlyNewlyTagged('RunInstances'));
      this.allow('ImageOfBuilder', ['ec2:CreateImage'], [this.arn('instance')], this.onlyOwned());
      this.allowCreateImage();
    });
    this.allowRemoval('BuilderRemoval', () => [
      this.statement('DescribeBuilder', ['ec2:DescribeInstances', 'ec2:DescribeInstanceTypes', 'ec2:DescribeSubnets', 'ec2:DescribeVolumes'], ['*']),
      this.statement('StopBuilder', ['ec2:StopInstances', 'ec2:TerminateInstances'], [this.arn('instance')], this.onlyOwned()),
      // volumes of the source may outlive the builder too
      this.deleteVolume(),
    ]);
    this.addResources('LaunchFrom', ['ec2:RunInstances'], [
      Stack.of(this.scope).formatArn({ service: 'ec2', account: '', resource: 'image', resourceName: build.imageId }),
    ], [build.imageId]);
    // the place, and whatever snapshots the source has
    this.addResources('LaunchInto', ['ec2:RunInstances'], [
      this.snapshot,
      ...build.subnetIds?.map(id => this.arn('subnet', id)) ?? [this.arn('subnet')],
      ...build.securityGroupIds.map(id => this.arn('security-group', id)),
    ], []);
    if (build.volumes) {
      this.allowVolumes();
      this.addOnce('attach', () => this.allow('AttachVolume', ['ec2:AttachVolume'], [this.arn('instance'), this.arn('volume')], this.onlyOwned()));
    }
    if (build.snapshotIds.length > 0) {
      this.addResources('VolumeFrom', ['ec2:CreateVolume'], build.snapshotIds.map(id => this.snapshotArn(id)), build.snapshotIds);
    }
    if (build.console) {
      this.addOnce('console', () => this.allow('Console', ['ec2:GetConsoleOutput'], [this.arn('instance')], this.onlyOwned()));
    }
  }

  /** Making an image of an instance that is not ours. */
  public allowImageOfInstance(instanceId: string): void {
    this.allowManagingAmi();
    this.allowCreateImage();
    this.addOnce('image-of-instance', () => this.allow('DescribeInstance', ['ec2:DescribeInstances', 'ec2:DescribeVolumes'], ['*']));
    this.addResources('ImageOfInstance', ['ec2:CreateImage'], [this.arn('instance', instanceId)], [instanceId]);
  }

  /** Copying each snapshot to its key, and registering the copies. */
  public allowBuildBySnapshots({ volumes }: { volumes: boolean }): void {
    this.addOnce('snapshots', () => {
      this.allowBuild();
      this.allow('CopySnapshot', ['ec2:CopySnapshot'], [this.snapshot]);
      this.allow('TagOnSnapshotCopy', ['ec2:CreateTags'], [this.snapshot], this.onlyNewlyTagged('CopySnapshot'));
      this.allow('RegisterImage', ['ec2:RegisterImage'], [this.image], this.onlyNewlyTagged());
      this.allow('RegisterSnapshots', ['ec2:RegisterImage'], [this.snapshot], this.onlyOwned());
      this.allow('TagOnRegistration', ['ec2:CreateTags'], [this.image], this.onlyNewlyTagged('RegisterImage'));
    });
    if (volumes) {
      this.allowVolumes();
      this.addOnce('snapshot-volumes', () => {
        this.allow('SnapshotOfVolume', ['ec2:CreateSnapshot'], [this.arn('volume')], this.onlyOwned());
        this.allow('CreateSnapshot', ['ec2:CreateSnapshot'], [this.snapshot], this.onlyNewlyTagged());
        this.allow('TagOnSnapshot', ['ec2:CreateTags'], [this.snapshot], this.onlyNewlyTagged('CreateSnapshot'));
      });
      this.allowRemoval('VolumeRemoval', () => [
        this.statement('DescribeVolumes', ['ec2:DescribeAvailabilityZones', 'ec2:DescribeVolumes'], ['*']),
        this.deleteVolume(),
      ]);
    }
  }

  /** Asking which key is the account's default for EBS. */
  public allowDefaultKey(): void {
    this.addOnce('default-key', () => this.allow('DefaultKey', ['ec2:GetEbsDefaultKmsKeyId'], ['*']));
  }

  /** Asking whether EBS encrypts by default, which decides what a copy without any key comes out as. */
  public allowEncryptionByDefault(): void {
    this.addOnce('encryption-by-default', () => this.allow('EncryptionByDefault', ['ec2:GetEbsEncryptionByDefault'], ['*']));
  }

  /** Asking whether a Local Zone exists and is enabled, and which name and id belong together: a snapshot tells one of the two. */
  public allowLocalZone(): void {
    this.addOnce('local-zone', () => this.allow('DescribeZones', ['ec2:DescribeAvailabilityZones'], ['*']));
  }

  /** What of CreateImage is about the image and its snapshots, whatever instance they are of. */
  private allowCreateImage(): void {
    this.addOnce('create-image', () => {
      this.allow('CreateImage', ['ec2:CreateImage'], [this.image, this.snapshot], this.onlyNewlyTagged());
      this.allow('TagOnImage', ['ec2:CreateTags'], [this.image, this.snapshot], this.onlyNewlyTagged('CreateImage'));
    });
  }

  private allowBuild(): void {
    this.allowManagingAmi();
    // what is not given a key keeps its own, which may be the default one
    this.allowDefaultKey();
    this.allowEncryptionByDefault();
  }

  private allowVolumes(): void {
    this.addOnce('volumes', () => {
      this.allow('CreateVolume', ['ec2:CreateVolume'], [this.arn('volume')], this.onlyNewlyTagged());
      this.allow('TagOnVolume', ['ec2:CreateTags'], [this.arn('volume')], this.onlyNewlyTagged('CreateVolume'));
    });
  }

  /** What every kind of image needs once it exists. */
  private allowManagingAmi(): void {
    this.addOnce('keeping', () => {
      const onlyOwned = this.onlyOwned();
      // whether CloudFormation still wants what it has asked for
      this.allow('DescribeStack', ['cloudformation:DescribeStackResource', 'cloudformation:DescribeStacks'], [Aws.STACK_ID]);
      // descriptions know no resources
      this.allow('Describe', ['ec2:DescribeImages', 'ec2:DescribeSnapshots'], ['*']);
      this.allow('Retag', ['ec2:CreateTags', 'ec2:DeleteTags'], [this.image, this.snapshot], {
        ...onlyOwned,
        'ForAllValues:StringNotEquals': { 'aws:TagKeys': [OWNER_TAG] },
      });
      this.allow('ChangeDescription', ['ec2:ModifyImageAttribute'], [this.image], onlyOwned);
      this.allow('Remove', ['ec2:DeregisterImage', 'ec2:DeleteSnapshot'], [this.image, this.snapshot], onlyOwned);
      // Only taking back: when an image is not shared any more, the permission to share is gone before the sharing is.
      this.allow('TakeBack', ['ec2:ModifySnapshotAttribute'], [this.snapshot], { ...onlyOwned, Null: { 'ec2:Add/userId': 'true', 'ec2:Add/group': 'true' } });
      // UEFI data: the one attribute to verify that DescribeImages does not show
      this.allow('ReadBootData', ['ec2:DescribeImageAttribute'], [this.image]);
      // source snapshots may be under the key aws/ebs, which EC2 may use for anyone in the account
      this.allowDescribingEbsKey();
    });
  }

  /** The metadata of `aws/ebs`, whose id is not known here and which nobody but its alias tells from another key. */
  private allowDescribingEbsKey(): void {
    this.allow('EbsKeyMetadata', ['kms:DescribeKey'], [this.anyKey()], OF_EBS);
  }

  private anyKey(region?: string): string {
    return Stack.of(this.scope).formatArn({ service: 'kms', region, resource: 'key', resourceName: '*' });
  }

  /** Only what carries the owner tag of this stack. */
  private onlyOwned(): Conditions {
    return { StringLike: { [`aws:ResourceTag/${OWNER_TAG}`]: `${Aws.STACK_ID}/*` } };
  }

  /** Only what is about to be made with the owner tag of this stack; for tags, only along with the call that makes it. */
  private onlyNewlyTagged(createAction?: string): Conditions {
    return {
      ...createAction ? { StringEquals: { 'ec2:CreateAction': createAction } } : {},
      StringLike: { [`aws:RequestTag/${OWNER_TAG}`]: `${Aws.STACK_ID}/*` },
    };
  }

  /** What has an account in its ARN, unlike images and snapshots. */
  private arn(resource: string, resourceName = '*'): string {
    return Stack.of(this.scope).formatArn({ service: 'ec2', resource, resourceName });
  }

  private snapshotArn(id: string): string {
    return Stack.of(this.scope).formatArn({ service: 'ec2', account: '', resource: 'snapshot', resourceName: id });
  }

  private deleteVolume(): iam.PolicyStatement {
    return this.statement('DeleteVolume', ['ec2:DeleteVolume'], [this.arn('volume')], this.onlyOwned());
  }

  private statement(sid: string, actions: string[], resources: string[], conditions?: Conditions): iam.PolicyStatement {
    return new iam.PolicyStatement({ sid, actions, resources, conditions });
  }

  private allow(sid: string, actions: string[], resources: string[], conditions?: Conditions): void {
    this.role.addToPrincipalPolicy(this.statement(sid, actions, resources, conditions));
  }

  /**
   * What removing a construct takes that others do not: in a policy of all such constructs, which each of them waits for, so that it goes after the
   * last of them. The handler's own policy is changed before what has left the stack is removed.
   */
  private allowRemoval(id: string, statements: () => iam.PolicyStatement[]): void {
    const policy = this.removals.get(id) ?? new iam.Policy(this.scope, id, { roles: [this.role], statements: statements() });
    this.removals.set(id, policy);
    this.outlasting.push(policy);
  }

  /** The policies that the construct that is being defined has to wait for, so that they outlast it. */
  public takeOutlasting(): iam.Policy[] {
    return this.outlasting.splice(0);
  }

  /**
   * What the construct that is being defined takes into a policy of its own, because it is about things that the stack itself may make, such as an
   * image: they wait for the handler, so the handler's policy cannot wait for them. As little as can be, because all policies of a role together
   * have no more than 10,240 characters.
   */
  public takeOwnStatements(): iam.PolicyStatement[] {
    const taken = this.own.splice(0);
    this.ownPolicies += taken.length > 0 ? 1 : 0;
    if (taken.length > 0 && this.ownPolicies === MOST_OWN_POLICIES + 1) {
      Annotations.of(this.scope).addWarningV2('cdk-encrypted-ami:policySize', messages.manyPolicies(MOST_OWN_POLICIES));
    }
    return taken;
  }

  /** One statement for all constructs of the stack, with the resources of each; of its own, if the stack may make what the ids stand for. */
  private addResources(sid: string, actions: string[], resources: string[], ids: string[], conditions?: Conditions): void {
    if (ids.some(mayBeCreatedByStack)) {
      this.own.push(this.statement(sid, actions, resources, conditions));
      return;
    }
    const existing = this.extended.get(sid);
    if (existing) {
      existing.addResources(...resources);
    } else {
      const statement = new iam.PolicyStatement({ sid, actions, resources, conditions });
      this.role.addToPrincipalPolicy(statement);
      this.extended.set(sid, statement);
    }
  }

  private addOnce(kind: string, allow: () => void): void {
    if (!this.allowed.has(kind)) {
      this.allowed.add(kind);
      allow();
    }
  }
}

/** Whether the stack may make what an id stands for; parameters, such as those of SSM, are known before. */
function mayBeCreatedByStack(id: string): boolean {
  const isParameter = (token: unknown) => Reference.isReference(token) && token.target instanceof CfnParameter;
  return Token.isUnresolved(id) && !Tokenization.reverseString(id).tokens.every(isParameter);
}
