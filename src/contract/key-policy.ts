/** A statement of the policy of a key. */
export interface KeyPolicyStatement {
  readonly Effect: 'Allow';
  readonly Principal: unknown;
  readonly Action: string | string[];
  readonly Resource: '*';
  readonly Condition?: Record<string, Record<string, unknown>>;
}

export interface KeyPolicyOptions {
  /** Who uses the key: an element `Principal`. */
  readonly principal: unknown;
  /** The Regions whose EC2 uses the key; all of them if it is left out. */
  readonly regions?: readonly string[];
  /** Further conditions. */
  readonly conditions?: Record<string, Record<string, unknown>>;
}

/**
 * The statements that the owner of a key adds to its policy, so that others can encrypt, copy and launch with it through EC2. EC2 calls `kms:DescribeKey` only
 * for the caller, so that is allowed without EC2 too. `kms:GrantIsForAWSResource` exists for `kms:CreateGrant` only, hence `BoolIfExists`: a third statement
 * would not fit into the reason of a stack event.
 */
export function renderKeyPolicy({ principal, regions, conditions = {} }: KeyPolicyOptions): KeyPolicyStatement[] {
  // in China the name of the service ends with .cn
  const services = regions?.map(region => `ec2.${region}.*`) ?? ['ec2.*'];
  const common = { Effect: 'Allow' as const, Principal: principal, Resource: '*' as const };
  return [
    { ...common, Action: 'kms:DescribeKey', ...Object.keys(conditions).length > 0 && { Condition: conditions } },
    {
      ...common,
      Action: ['kms:CreateGrant', 'kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
      Condition: {
        ...conditions,
        StringLike: { ...conditions.StringLike, 'kms:ViaService': services.length === 1 ? services[0] : services },
        BoolIfExists: { 'kms:GrantIsForAWSResource': 'true' },
      },
    },
  ];
}
