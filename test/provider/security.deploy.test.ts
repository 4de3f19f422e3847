import { readFileSync } from 'fs';
import * as path from 'path';
import { CreateTagsCommand, EC2Client, ModifyImageAttributeCommand } from '@aws-sdk/client-ec2';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, GetExecutionHistoryCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import { EncryptedAmiCopy } from '../../src';
import { Deployment, imageWithId, NOTHING } from '../helpers/deployment';

/** The policies of SECURITY.md: each is valid, stops its threat, and lets the stack be deployed. */

interface Policy {
  readonly Version: string;
  readonly Statement: readonly (Record<'Sid' | 'Effect', string> & Record<'Action' | 'Resource', string | string[]>)[];
}

const blocks = [...readFileSync(path.join(__dirname, '..', '..', 'SECURITY.md'), 'utf8').matchAll(/^```json\n(.*?)^```/gms)].map(([, text]) => text);
const policies = blocks.map(text => JSON.parse(text) as Policy);
const statements = policies.flatMap(({ Statement }) => Statement);

test('each is a service control policy that AWS Organizations accepts', () => {
  expect(policies.length).toBeGreaterThanOrEqual(4);
  for (const [index, { Version, Statement }] of policies.entries()) {
    expect(Version).toBe('2012-10-17');
    expect(blocks[index].length).toBeLessThan(5_120);
    for (const statement of Statement) {
      expect(Object.keys(statement).filter(key => !['Sid', 'Effect', 'Action', 'Resource', 'Condition'].includes(key))).toEqual([]);
      expect(statement).toMatchObject({ Sid: expect.stringMatching(/^[A-Za-z0-9]+$/), Effect: 'Deny', Action: expect.anything(), Resource: expect.anything() });
    }
  }
  expect(new Set(statements.map(({ Sid }) => Sid)).size).toBe(statements.length);
});

describe('in an account with all of them', () => {
  let account: Deployment;
  beforeAll(async () => { account = await Deployment.start(); });
  afterEach(() => account.reset());
  afterAll(() => account.stop());

  test('the stack is updated and deleted, and nobody else tags, invokes, reads, starts or shares', async () => {
    const { aws } = account;
    const sourceId = aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id;
    const define = (team: string) => (stack: Stack) => {
      const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(sourceId), useDefaultKey: true, description: team });
      Tags.of(copy).add('team', team);
      new CfnOutput(stack, 'ImageId', { value: copy.imageId });
    };
    const { outputs, failures } = await account.deploy(define('one'));
    expect(failures).toEqual([]);
    // one allows sharing, and changes of descriptions, to nobody
    policies.filter(({ Statement }) => Statement[0].Sid !== 'NobodySharesAmis').forEach((policy, index) => aws.organization.attachServiceControlPolicy(`security-${index}`, policy));

    const otherRole = aws.iam.putRole({ account: aws.account, name: 'other-role' });
    aws.iam.putRolePolicy(otherRole, 'all', { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });
    const listDenials = async () => {
      const options = { ...aws.clientOptions(), credentials: aws.iam.credentials(otherRole) };
      const [ec2, lambda, sfn] = [new EC2Client(options), new LambdaClient(options), new SFNClient(options)];
      const [{ arn: executionArn, stateMachineArn }] = aws.stepFunctions.executions;
      const calls: [string, () => Promise<unknown>][] = [
        ['read', () => sfn.send(new GetExecutionHistoryCommand({ executionArn }))],
        ['describe', () => sfn.send(new DescribeExecutionCommand({ executionArn }))],
        ['share', () => ec2.send(new ModifyImageAttributeCommand({ ImageId: outputs.ImageId, LaunchPermission: { Add: [{ UserId: '999999999999' }] } }))],
        ['tag', () => ec2.send(new CreateTagsCommand({ Resources: [sourceId], Tags: [{ Key: 'cdk-encrypted-ami:owner', Value: 'mine' }] }))],
        ...aws.lambda.names().filter(name => name.includes('CdkEncryptedAmi')).map((FunctionName): [string, () => Promise<unknown>] =>
          ['invoke', () => lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' }))]),
        ['start', () => sfn.send(new StartExecutionCommand({ stateMachineArn, name: `by-another-role-${Math.random()}`, input: '{"event":{},"turn":{}}' }))],
      ];
      const denied: string[] = [];
      for (const [what, call] of calls) {
        await call().catch(({ name }: Error) => /Unauthorized|AccessDenied/.test(name) ? denied.push(what) : undefined);
      }
      return denied;
    };
    expect(await listDenials()).toEqual(['read', 'describe', 'share', 'tag', 'invoke', 'invoke', 'start']);

    expect(await account.deploy(define('two'))).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [], outputs });
    expect((await account.destroy()).failures).toEqual([]);
    expect(aws.ec2.counts()).toEqual(NOTHING);
  });
});
