import { Kms } from '../../local-aws/kms/kms';

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
