/* Messages about keys, in the form "Problem (ids): cause. Solution." */

interface KeyPolicyAdvice {
  readonly key: string;
  /** JSON. */
  readonly statements: string;
}

export function keyPolicyUnchanged({ key, statements }: KeyPolicyAdvice): string {
  return `The policy of the key ${key} does not change, because the key is imported: unless it allows this already, instances do not start ("Client.InternalError") and copies fail. ` +
    `Ask the owner of the key to add these statements to its policy: ${statements}.`;
}

/** The principal and the key may be of different accounts. */
export function keyPolicyOfOtherAccount({ key, statements }: KeyPolicyAdvice): string {
  return `The policy of the key ${key} does not change, because the key is imported. If it belongs to another account than the principal, instances do not start ("Client.InternalError") ` +
    `unless it allows this already. In that case, ask the owner of the key to add these statements to its policy: ${statements}.`;
}

/** Follows the statements. */
export function grantForServiceLinkedRole({ key, role, region }: { key: string; role: string; region: string }): string {
  return ' The policies of a service-linked role allow no key of another account. Let the account also call kms:CreateGrant without a condition, and run there: ' +
    `aws kms create-grant --key-id ${key} --grantee-principal ${role} --operations CreateGrant Decrypt DescribeKey Encrypt GenerateDataKey ` +
    `GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo --region ${region}.`;
}

export function keyInOtherRegion({ prop, key, keyRegion, region }: { prop: string; key: string; keyRegion: string; region: string }): string {
  return `\`${prop}\` must be of ${region}, but has the key ${key} of ${keyRegion}: EC2 uses keys of its own Region only. Pass a key of ${region}; of a multi-Region key, ` +
    'its replica there.';
}

export function keyNotSymmetric({ prop, key, keySpec, keyUsage }: { prop: string; key: string; keySpec: string; keyUsage: string }): string {
  return `\`${prop}\` must be symmetric, but the key ${key} has the key spec ${keySpec} and the key usage ${keyUsage}. EBS requires SYMMETRIC_DEFAULT and ENCRYPT_DECRYPT. ` +
    'Pass another key.';
}

export function keyDeletedWithStack({ key }: { key: string }): string {
  return `The AMI is retained, but CloudFormation deletes its key ${key} with the stack, and no instance can be launched from the AMI without its key. ` +
    'Set `removalPolicy: RemovalPolicy.RETAIN` of the key, or do not retain the AMI.';
}

export function keyPolicyTooLong(path: string, accounts: number, bytes: number, max: number): string {
  return `The policy of the key ${path} allows ${accounts} accounts to use AMIs and has ${bytes} bytes, but KMS allows ${max}. Share with organizations or ` +
    'organizational units, whose accounts need no lines of their own, or encrypt some of the AMIs with another key.';
}
