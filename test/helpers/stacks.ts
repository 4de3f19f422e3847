import { App, Stack, StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { EncryptedAmiCopyProps } from '../../src';

export const SOURCE_ID = 'ami-0123456789abcdef0';

/** A stack of one Region, whose id can be used as a source's. */
export function newStack(props: StackProps = {}): Stack {
  return new Stack(new App(), 'Images', { env: { region: 'us-east-1', account: '123456789012' }, ...props });
}

/** An image that is known by its id. */
export const source = ec2.MachineImage.genericLinux({ 'us-east-1': SOURCE_ID });

/** A statement as it stands in a template. */
export interface Statement {
  readonly Sid: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Every statement of every policy in a stack, by its Sid; those without one are not ours. */
export function statementsOf(stack: Stack): Record<string, Statement> {
  const template = Template.fromStack(stack);
  const policies = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy']
    .flatMap(type => Object.values(template.findResources(type))) as { Properties: { PolicyDocument: { Statement: Statement[] } } }[];
  const statements = policies.flatMap(policy => policy.Properties.PolicyDocument.Statement);
  return Object.fromEntries(statements.filter(({ Sid }) => Sid).map(statement => [statement.Sid, statement]));
}

/** With the account's default key, unless the props choose the encryption. */
export function orDefaultKey<P extends Partial<Pick<EncryptedAmiCopyProps, 'encryptionKey' | 'preserveEncryption'>>>(props: P): P & { useDefaultKey?: boolean } {
  return props.encryptionKey || props.preserveEncryption ? props : { useDefaultKey: true, ...props };
}
