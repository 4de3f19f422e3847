import * as path from 'path';
import { Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { HandlerPermissions } from './handler-permissions';
import { HandlerPolicies } from './handler-policies';
import * as messages from './messages';
import { definitionOf, digestOf } from './state-machine';

/** The log group that one construct asks for. */
export interface LogChoice {
  readonly logGroup?: logs.ILogGroup;
}

/** The handler begins no call in the last minute of it, and each step takes a few calls. */
const STEP_TIMEOUT = Duration.minutes(3);
/** It tries for 40 seconds to start the state machine. */
const REQUEST_TIMEOUT = Duration.minutes(1);

/** What CloudFormation waits at most. */
const MAX_SERVICE_TIMEOUT = Duration.hours(1);
/** What a removal may take, with a margin: the handler ends it after a quarter of an hour. */
const CLEANUP = Duration.minutes(20);

/** How long CloudFormation waits for the answer of a custom resource. Only where nothing can answer, this ends the wait: an execution that somebody has stopped. */
export function serviceTimeout(timeout: Duration = MAX_SERVICE_TIMEOUT): Duration {
  return Duration.seconds(Math.min(timeout.toSeconds() + CLEANUP.toSeconds(), MAX_SERVICE_TIMEOUT.toSeconds()));
}

/** What makes, changes and removes the images of one stack, however many there are: two functions, and the state machine between them. */
export class AmiProvider extends Construct {
  /** The provider of the stack that `scope` is in; made at the first call. */
  public static of(scope: Construct, log: LogChoice): AmiProvider {
    const stack = Stack.of(scope);
    const existing = stack.node.tryFindChild(AmiProvider.ID) as AmiProvider | undefined;
    const provider = existing ?? new AmiProvider(stack);
    provider.chooseLogGroup(log.logGroup);
    return provider;
  }

  private static readonly ID = 'CdkEncryptedAmi';

  public readonly serviceToken: string;

  private readonly policies: HandlerPolicies;
  private logGroup?: logs.ILogGroup;
  private readonly ownLogGroup: logs.LogGroup;

  private constructor(stack: Stack) {
    super(stack, AmiProvider.ID);
    this.ownLogGroup = new logs.LogGroup(this, 'Log', {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Which log group it is, is known only when the last construct of the stack has been asked.
    const logGroup = logs.LogGroup.fromLogGroupName(this, 'ChosenLog', Lazy.string({ produce: () => this.chosenLogGroup().logGroupName }));

    const handlerRole = this.role('HandlerRole', 'Makes, verifies and removes AMIs');
    this.policies = new HandlerPolicies(this, handlerRole);
    const code = lambda.Code.fromAsset(path.join(__dirname, '..', '..', 'assets', 'handler'));
    const common = { code, runtime: lambda.Runtime.NODEJS_24_X, memorySize: 256, loggingFormat: lambda.LoggingFormat.JSON, logGroup };
    const step = new lambda.Function(this, 'Step', {
      ...common,
      handler: 'index.step',
      description: 'Takes the next step towards the AMI that a request asks for',
      timeout: STEP_TIMEOUT,
      role: handlerRole,
    });
    const stateMachine = this.stateMachine(step);
    const requestRole = this.role('RequestRole', 'Starts the state machine for requests of CloudFormation');
    requestRole.addToPrincipalPolicy(new iam.PolicyStatement({ sid: 'Start', actions: ['states:StartExecution'], resources: [stateMachine.ref] }));
    const request = new lambda.Function(this, 'Request', {
      ...common,
      handler: 'index.request',
      description: 'Takes the requests of CloudFormation, and starts the state machine for each',
      timeout: REQUEST_TIMEOUT,
      role: requestRole,
      environment: { STACK_ID: stack.stackId, STATE_MACHINE_ARN: stateMachine.ref },
    });
    this.serviceToken = request.functionArn;
  }

  /** The permissions of the handler for one construct. */
  public permissionsFor(scope: Construct): HandlerPermissions {
    return new HandlerPermissions(scope, this.policies);
  }

  /** Carries a request from step to step. It has no name of its own: one that was deleted is free again only after a while. */
  private stateMachine(step: lambda.Function): sfn.CfnStateMachine {
    const role = new iam.Role(this, 'StateMachineRole', { assumedBy: new iam.ServicePrincipal('states.amazonaws.com'), description: 'Invokes the handler' });
    role.addToPrincipalPolicy(new iam.PolicyStatement({ sid: 'InvokeStep', actions: ['lambda:InvokeFunction'], resources: [step.functionArn] }));
    const stateMachine = new sfn.CfnStateMachine(this, 'StateMachine', {
      definitionString: Stack.of(this).toJsonString(definitionOf(step.functionArn, STEP_TIMEOUT)),
      roleArn: role.roleArn,
      stateMachineType: 'STANDARD',
    });
    const stack = Stack.of(this);
    stateMachine.overrideLogicalId(`${String(stack.resolve(stateMachine.logicalId))}${digestOf(definitionOf('', STEP_TIMEOUT))}`);
    // and its policy: an execution that began without it would end at once
    stateMachine.node.addDependency(role);
    return stateMachine;
  }

  /** A role that may write to the log group, and nothing else yet. AWSLambdaBasicExecutionRole would allow every log group. */
  private role(id: string, description: string): iam.Role {
    const role = new iam.Role(this, id, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'), description });
    role.addToPrincipalPolicy(new iam.PolicyStatement({
      sid: 'Log',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [Lazy.string({ produce: () => this.chosenLogGroup().logGroupArn })],
    }));
    return role;
  }

  private chosenLogGroup(): logs.ILogGroup {
    return this.logGroup ?? this.ownLogGroup;
  }

  private chooseLogGroup(logGroup: logs.ILogGroup | undefined): void {
    if (!logGroup) {
      return;
    }
    if (this.logGroup && !this.same(this.logGroup, logGroup)) {
      throw new Error(messages.twoLogGroups(this.logGroup.node.path, logGroup.node.path));
    }
    this.logGroup = logGroup;
    this.node.tryRemoveChild('Log');
  }

  /** Whether two log groups are one, though perhaps imported twice. */
  private same(one: logs.ILogGroup, other: logs.ILogGroup): boolean {
    const arn = (logGroup: logs.ILogGroup) => JSON.stringify(Stack.of(this).resolve(logGroup.logGroupArn));
    return arn(one) === arn(other);
  }
}
