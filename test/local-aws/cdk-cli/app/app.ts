import { join } from 'path';
import { App, CfnOutput, CustomResource, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Provider } from 'aws-cdk-lib/custom-resources';

/** A key, and a thing that a provider makes with it; `-c name=…` replaces the thing, `-c fail=…` lets its function fail with these words. */
const app = new App();
const stack = new Stack(app, 'Small');

const key = new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY, pendingWindow: Duration.days(7) });
const code = lambda.Code.fromAsset(join(__dirname, 'handler'));
const functionProps = { runtime: lambda.Runtime.NODEJS_22_X, code, timeout: Duration.minutes(1) };
const onEvent = new lambda.Function(stack, 'OnEvent', { ...functionProps, handler: 'index.onEvent' });
const isComplete = new lambda.Function(stack, 'IsComplete', { ...functionProps, handler: 'index.isComplete' });
key.grant(onEvent, 'kms:DescribeKey');

const provider = new Provider(stack, 'Provider', {
  onEventHandler: onEvent,
  isCompleteHandler: isComplete,
  queryInterval: Duration.seconds(5),
  totalTimeout: Duration.minutes(10),
});
const thing = new CustomResource(stack, 'Thing', {
  resourceType: 'Custom::Thing',
  serviceToken: provider.serviceToken,
  properties: {
    Name: app.node.tryGetContext('name') ?? 'first',
    KeyArn: key.keyArn,
    Fail: app.node.tryGetContext('fail') ?? '',
  },
});
new CfnOutput(stack, 'ThingName', { value: thing.getAttString('Name') });
new CfnOutput(stack, 'ThingKeyState', { value: thing.getAttString('KeyState') });
