import { Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { OWNER_TAG } from './contract';

/** What the handler's role may do with EC2, by the kinds of image that the stack has. Each statement is one that a call needs. */
export class Permissions {
  private readonly image: string;
  private readonly snapshot: string;
  private readonly allowed = new Set<string>();

  public constructor(private readonly scope: Construct, private readonly role: iam.Role) {
    const stack = Stack.of(scope);
    // the ARNs of images and snapshots have no account
    this.image = stack.formatArn({ service: 'ec2', account: '', resource: 'image', resourceName: '*' });
    this.snapshot = stack.formatArn({ service: 'ec2', account: '', resource: 'snapshot', resourceName: '*' });
  }

  /** Copying an image of this Region, looking at it, changing it and removing it. */
  public allowCopy(): void {
    this.once('copy', () => {
      this.allowKeeping();
      // The id of the image to come is not known, and CopyImage has no condition on tags of a resource: what a copy can read is
      // limited by who shares what with the account, and what it can decrypt by the keys.
      this.allow('Copy', ['ec2:CopyImage'], [this.image, this.snapshot]);
      this.allow('TagOnCopy', ['ec2:CreateTags'], [this.image, this.snapshot], {
        StringEquals: { 'ec2:CreateAction': 'CopyImage' },
        StringLike: { [`aws:RequestTag/${OWNER_TAG}`]: this.ownedByStack() },
      });
      // UEFI data: the one attribute to verify that DescribeImages does not show
      this.allow('ReadBootData', ['ec2:DescribeImageAttribute'], [this.image]);
      // source snapshots may be under the key aws/ebs, which EC2 may use for anyone in the account
      this.allowDescribingEbsKey();
    });
  }

  /** Asking which key is the account's default for EBS. */
  public allowDefaultKey(): void {
    this.once('default-key', () => this.allow('DefaultKey', ['ec2:GetEbsDefaultKmsKeyId'], ['*']));
  }

  /** Asking whether EBS encrypts by default, which decides what a copy without any key comes out as. */
  public allowEncryptionByDefault(): void {
    this.once('encryption-by-default', () => this.allow('EncryptionByDefault', ['ec2:GetEbsEncryptionByDefault'], ['*']));
  }

  /** What every kind of image needs once it exists. */
  private allowKeeping(): void {
    this.once('keeping', () => {
      const owned = { StringLike: { [`aws:ResourceTag/${OWNER_TAG}`]: this.ownedByStack() } };
      // whether CloudFormation still wants what it has asked for
      this.allow('DescribeStack', ['cloudformation:DescribeStacks'], [Aws.STACK_ID]);
      // descriptions know no resources
      this.allow('Describe', ['ec2:DescribeImages', 'ec2:DescribeSnapshots'], ['*']);
      this.allow('Retag', ['ec2:CreateTags', 'ec2:DeleteTags'], [this.image, this.snapshot], {
        ...owned,
        'ForAllValues:StringNotEquals': { 'aws:TagKeys': [OWNER_TAG] },
      });
      this.allow('ChangeDescription', ['ec2:ModifyImageAttribute'], [this.image], owned);
      this.allow('Remove', ['ec2:DeregisterImage', 'ec2:DeleteSnapshot'], [this.image, this.snapshot], owned);
    });
  }

  /** The metadata of `aws/ebs`, whose id is not known here and which nobody but its alias tells from another key. */
  private allowDescribingEbsKey(): void {
    const anyKey = Stack.of(this.scope).formatArn({ service: 'kms', resource: 'key', resourceName: '*' });
    this.allow('EbsKeyMetadata', ['kms:DescribeKey'], [anyKey], {
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/aws/ebs'] },
    });
  }

  /** The values of the owner tag that are this stack's. */
  private ownedByStack(): string {
    return `${Aws.STACK_ID}/*`;
  }

  private allow(sid: string, actions: string[], resources: string[], conditions?: Record<string, Record<string, unknown>>): void {
    this.role.addToPrincipalPolicy(new iam.PolicyStatement({ sid, actions, resources, conditions }));
  }

  private once(kind: string, allow: () => void): void {
    if (!this.allowed.has(kind)) {
      this.allowed.add(kind);
      allow();
    }
  }
}
