import { declaredKeyHint, sourceKeyHint } from './key-messages';

/** A key, and its name in messages. */
export interface KeyReference {
  /** An ARN, or `alias/aws/ebs`. */
  readonly id: string;
  /** As in the middle of a sentence, e.g. "the key of the source snapshot snap-1 for /dev/sdf". */
  readonly label: string;
  /** The sentence that says what to do if the handler role is not allowed to describe it. */
  readonly accessDeniedHint: string;
}

/** A key that a property of the construct names, and that new snapshots are encrypted with. */
export function declaredKey(arn: string, label: string): KeyReference {
  return { id: arn, label, accessDeniedHint: declaredKeyHint() };
}

/** A key that the source is encrypted with. With the account of the stack, the hint also says what another account that owns the key has to do. */
export function sourceKey(arn: string, label: string, account?: string): KeyReference {
  return { id: arn, label, accessDeniedHint: sourceKeyHint({ arn, account }) };
}
