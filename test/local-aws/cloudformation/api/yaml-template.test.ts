import {
  CloudFormationClient, CreateChangeSetCommand, DescribeStacksCommand, ExecuteChangeSetCommand, GetTemplateCommand, waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { LocalAws } from '../../../../local-aws/local-aws';

const TEMPLATE = `AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Stage: { Type: String, Default: test }
Conditions:
  IsTest: !Equals [!Ref Stage, test]
  IsOther: !Not [!Condition IsTest]
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      Description: !Sub 'Key of \${AWS::StackName}, \${Stage}'
      KeyPolicy:
        Statement:
          - Effect: Allow
            Action: kms:*
            Resource: '*'
            Principal: { AWS: !Sub 'arn:\${AWS::Partition}:iam::\${AWS::AccountId}:root' }
  Parameter:
    Type: AWS::SSM::Parameter
    Properties:
      Type: String
      Value: !Join [' ', [!If [IsTest, !GetAtt Key.Arn, none], !Select [1, !Split [',', 'a,b']]]]
  Other:
    Type: AWS::SSM::Parameter
    Condition: IsOther
    Properties: { Type: String, Value: none }
Outputs:
  Arn: { Value: !GetAtt Key.Arn }
  Value: { Value: !GetAtt Parameter.Value }
  Text: { Value: !Sub '\${Key} in \${Stage}' }
`;

test('deploys a YAML template with short forms in the form of the AWS command line', async () => {
  const aws = await LocalAws.start();
  const client = new CloudFormationClient(aws.clientOptions());
  const StackName = 'Short';
  const ChangeSetName = 'awscli-cloudformation-package-deploy-1';
  try {
    await client.send(new CreateChangeSetCommand({
      StackName,
      ChangeSetName,
      ChangeSetType: 'CREATE',
      TemplateBody: TEMPLATE,
      Parameters: [],
      Capabilities: [],
      Tags: [],
      Description: 'Created by AWS CLI at 2026-09-26T22:21:44.801462 UTC',
    }));
    await client.send(new ExecuteChangeSetCommand({ StackName, ChangeSetName }));
    await waitUntilStackCreateComplete({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName });

    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
    const outputs = Object.fromEntries((Stacks![0].Outputs ?? []).map(output => [output.OutputKey, output.OutputValue]));
    expect(outputs.Arn).toMatch(/^arn:aws:kms:us-east-1:123456789012:key\//);
    expect(outputs).toEqual({ Arn: outputs.Arn, Value: `${outputs.Arn} b`, Text: `${outputs.Arn?.replace(/^.*\//, '')} in test` });
    expect([...aws.cloudFormation.stack(aws, StackName).resources.keys()]).toEqual(['Key', 'Parameter']);
    expect((await client.send(new GetTemplateCommand({ StackName }))).TemplateBody).toBe(TEMPLATE);
  } finally {
    client.destroy();
    await aws.stop();
  }
});
