import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';

/**
 * Properties of every construct that creates an AMI.
 */
export interface CommonAmiProps {
  /**
   * The name of the AMI: 3 to 128 letters, digits, spaces and characters of `-_./()[]'@`, unique in the account and Region.
   *
   * Changing it requires replacement. CloudFormation creates the new AMI before it deletes the old one, so any other change that requires
   * replacement fails until the name is changed too. Excludes `imageNamePrefix`.
   *
   * @default - a unique name that begins with the stack name and the construct path
   */
  readonly imageName?: string;

  /**
   * The beginning of the name of the AMI: 1 to 96 letters, digits, spaces and characters of `-_./()[]'@`. A hyphen and a unique suffix follow, so that an AMI and its
   * replacement have different names.
   *
   * Changing it requires replacement. Excludes `imageName`.
   *
   * @default - the stack name and the construct path
   */
  readonly imageNamePrefix?: string;

  /**
   * The description of the AMI: 1 to 255 characters of ASCII. Changing it updates the AMI in place.
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
   * Whether CloudFormation deletes or keeps the AMI and its snapshots when the construct is removed from the stack, the stack is deleted, or the AMI is replaced. With
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
   * @default - a log group that keeps events for a month, and that CloudFormation does not delete with the stack
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * The name of the role that creates the AMI, so that its ARN is known before it exists and the owner of a key in another account can allow it: 1 to
   * 64 letters, digits and characters of `+=,.@_-`, unique in the account. All constructs of this library in a stack share this role, so two different
   * names in one stack are refused. A name that contains `CdkEncryptedAmiHandlerRole` fits the service control policy of SECURITY.md.
   *
   * Changing it replaces the role and updates the AMI in place. The deployment needs the capability `CAPABILITY_NAMED_IAM`.
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
   * Changing it replaces the state machine, and updates the AMI in place.
   *
   * @default - a key that AWS owns
   */
  readonly stateMachineEncryptionKey?: kms.IKey;
}
