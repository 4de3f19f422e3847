import { keyPolicyHint, passedSourceKeyHint, sourceKeyHint } from './messages';

/** A key, and its name in messages. */
export interface KeyReference {
  /** An ARN of a key or of an alias, or `alias/aws/ebs`. */
  readonly id: string;
  /** As in the middle of a sentence, e.g. "the key of the source snapshot snap-1 for /dev/sdf". */
  readonly label: string;
  /** The sentence that says what to do if the handler role is not allowed to use it. */
  readonly accessDeniedHint: string;
  /** The construct was given the key, so the policies of the handler role allow it: only the key policy, or an alias that does not count yet, can deny it. */
  readonly isDeclared?: boolean;
  /** The role is allowed to use it by an alias. */
  readonly isByAlias?: boolean;
}

/** Who uses a key, and where. */
export interface KeyUser {
  /** The account of the stack. */
  readonly account: string;
  /** The Regions whose EC2 uses the key. */
  readonly regions: readonly string[];
}

/** The request that reads encrypted snapshots. */
export interface KeyReader extends KeyUser {
  /** The keys that the construct was given for it. */
  readonly declaredKeyArns: readonly string[];
}

/** A key that a property of the construct names, and that new snapshots are encrypted with. */
export function declaredKey(arn: string, label: string, user: KeyUser): KeyReference {
  return { id: arn, label, accessDeniedHint: keyPolicyHint({ arns: [arn], ...user }), isDeclared: true, isByAlias: isAlias(arn) };
}

/** A key that the source is encrypted with; `declaredKeyArns` are the keys that the construct was given. */
export function sourceKey(arn: string, label: string, user: KeyUser, declaredKeyArns: readonly string[]): KeyReference {
  const isDeclared = declaredKeyArns.includes(arn);
  const isOwn = arn.split(':')[4] === user.account;
  return {
    id: arn,
    label,
    accessDeniedHint: isDeclared ? passedSourceKeyHint({ arn, ...user }) : sourceKeyHint({ arn, ...user }),
    isDeclared,
    // aliases that were passed are of this account
    isByAlias: !isDeclared && isOwn && declaredKeyArns.some(isAlias),
  };
}

export function isAlias(arn: string): boolean {
  return arn.includes(':alias/');
}
