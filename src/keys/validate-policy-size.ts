import { CfnResource, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as messages from './messages';

/** KMS limits a key policy to 32 KiB. */
const MAX_KEY_POLICY_BYTES = 32_768;

/** Refuses at synthesis a policy of a key of the app that KMS would refuse because of its size. */
export function validatePolicySize(key: kms.IKey, accounts: () => number): void {
  if (!(key instanceof kms.Key)) {
    return;
  }
  key.node.addValidation({
    validate: () => {
      const { keyPolicy } = key.node.defaultChild as CfnResource & { keyPolicy?: unknown };
      const bytes = Buffer.byteLength(JSON.stringify(valueOf(Stack.of(key).resolve(keyPolicy))));
      return bytes > MAX_KEY_POLICY_BYTES ? [messages.keyPolicyTooLong(key.node.path, accounts(), bytes, MAX_KEY_POLICY_BYTES)] : [];
    },
  });
}

/** About what CloudFormation sends to KMS. What is known only when the stack deploys counts for nothing, so that no policy that fits is refused. */
function valueOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(valueOf);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const members = Object.entries(value);
  if (members.length !== 1 || !/^(Ref$|Fn::)/.test(members[0][0])) {
    return Object.fromEntries(members.map(([key, member]) => [key, valueOf(member)]));
  }
  const [[name, content]] = members;
  if (name === 'Fn::Join') {
    const [separator, parts] = content as [string, unknown];
    return Array.isArray(parts) ? parts.map(valueOf).join(separator) : '';
  }
  return content === 'AWS::Partition' ? 'aws' : '';
}
