import { Stack } from 'aws-cdk-lib';
import { Kms } from '../../local-aws/kms/kms';

/** The annotations of a type, such as warnings. */
export function annotationsOf(stack: Stack, type: string): string[] {
  return stack.node.findAll().flatMap(({ node }) => node.metadata).flatMap(entry => entry.type === type ? String(entry.data) : []);
}

/** The statements in the warnings and notes of a stack, which has no others. */
export function adviceIn(stack: Stack): unknown[] {
  return [...annotationsOf(stack, 'aws:cdk:warning'), ...annotationsOf(stack, 'aws:cdk:info')].flatMap(message => {
    expect(message).toMatch(/The policy of the key .* does not change, because the key is imported/);
    return JSON.parse(/\[\{.*\}\]/.exec(message)![0]) as unknown[];
  });
}

/** The statements in a message, ready to paste. Placeholders for the account and the Region of the stack are replaced. */
export function statementsIn(message: string, { account, region }: { account: string; region: string }): object[] {
  const json = /\[\{.*?\}\](?=\.( |$|\s))/s.exec(message)?.[0];
  if (json === undefined) {
    throw new Error(`no statements in: ${message}`);
  }
  const text = json.replaceAll('${AWS::AccountId}', account).replaceAll('${AWS::Region}', region).replaceAll('${AWS::Partition}', 'aws');
  return JSON.parse(text) as object[];
}

/** Adds statements to the policy of a key, as its owner does. */
export function addToKeyPolicy(kms: Kms, keyArn: string, statements: readonly object[]): void {
  const [, , , region, account] = keyArn.split(':');
  const { key } = kms.find({ account, region }, keyArn)!;
  const policy = JSON.parse(key.policy) as { Statement: object[] };
  key.policy = JSON.stringify({ ...policy, Statement: [...policy.Statement, ...statements] });
}
