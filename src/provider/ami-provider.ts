import * as path from 'path';
import { Duration, Lazy, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { HandlerPermissions } from './handler-permissions';
import { HandlerPolicies } from './handler-policies';
import * as messages from './messages';
import { RequestStateMachine } from './request-state-machine';

/** Choices in the props of a construct that hold for all constructs of the stack. */
export interface HandlerChoice {
  readonly logGroup?: logs.ILogGroup;
  readonly handlerRoleName?: string;
  readonly stateMachineEncryptionKey?: kms.IKey;
}

/** The handler begins no call in the last minute of it, and each step makes a few calls. */
const STEP_TIMEOUT = Duration.minutes(3);
/** It tries for 40 seconds to start the state machine. */
const REQUEST_TIMEOUT = Duration.minutes(1);

/** CloudFormation waits no longer for any custom resource. */
const MAX_SERVICE_TIMEOUT = Duration.hours(1);
/** For the deletion of a partly created AMI, with a margin: the handler ends it after a quarter of an hour. */
const DELETION_TIMEOUT = Duration.minutes(20);

/** How long CloudFormation waits for the response of a custom resource. It ends the wait only if nothing can respond, such as after someone stopped the execution. */
export function serviceTimeout(timeout: Duration = MAX_SERVICE_TIMEOUT): Duration {
  if (timeout.isUnresolved()) {
    // nothing can be added to a duration that is known only when the stack deploys
    return MAX_SERVICE_TIMEOUT;
  }
  return Duration.seconds(Math.min(timeout.toSeconds() + DELETION_TIMEOUT.toSeconds(), MAX_SERVICE_TIMEOUT.toSeconds()));
}

/** Creates, updates and deletes the AMIs of one stack, however many there are: two functions, and the state machine between them. */
export class AmiProvider extends Construct {
  /** The provider of the stack that `scope` is in; created at the first call. */
  public static of(scope: Construct, { logGroup, handlerRoleName, stateMachineEncryptionKey }: HandlerChoice): AmiProvider {
    const stack = Stack.of(scope);
    const existing = stack.node.tryFindChild(AmiProvider.ID) as AmiProvider | undefined;
    const provider = existing ?? new AmiProvider(stack);
    provider.setLogGroup(logGroup);
    provider.setRoleName(handlerRoleName);
    provider.stateMachine.chooseEncryptionKey(stateMachineEncryptionKey);
    return provider;
  }

  private static readonly ID = 'CdkEncryptedAmi';

  public readonly serviceToken: string;

  private readonly policies: HandlerPolicies;
  private readonly stateMachine: RequestStateMachine;
  private logGroup?: logs.ILogGroup;
  private roleName?: string;
  private readonly ownLogGroup: logs.LogGroup;

  private constructor(stack: Stack) {
    super(stack, AmiProvider.ID);
    // CloudFormation deletes the stack of a failed first deployment, and the log says why it failed
    this.ownLogGroup = new logs.LogGroup(this, 'Log', {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // The log group is known only after the last construct of the stack has been defined.
    const logGroup = logs.LogGroup.fromLogGroupName(this, 'ChosenLog', Lazy.string({ produce: () => this.effectiveLogGroup().logGroupName }));

    // the name too is known only after the last construct
    const roleName = Lazy.string({ produce: () => this.roleName });
    const handlerRole = this.role('HandlerRole', 'Makes, verifies and removes AMIs', roleName);
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
    const requestRole = this.role('RequestRole', 'Starts the state machine for requests of CloudFormation');
    this.stateMachine = new RequestStateMachine(this, { step, stepTimeout: STEP_TIMEOUT, requestRole });
    const request = new lambda.Function(this, 'Request', {
      ...common,
      handler: 'index.request',
      description: 'Takes the requests of CloudFormation, and starts the state machine for each',
      timeout: REQUEST_TIMEOUT,
      role: requestRole,
      environment: { STACK_ID: stack.stackId, STATE_MACHINE_ARN: this.stateMachine.arn },
    });
    this.stateMachine.makeWaitForKey(request);
    this.serviceToken = request.functionArn;
  }

  /** The permissions of the handler for one construct. */
  public permissionsFor(scope: Construct): HandlerPermissions {
    return new HandlerPermissions(scope, this.policies);
  }

  /** The ARN of the handler role, if its name was chosen: then it is known before the role exists. */
  public get handlerRoleArn(): string | undefined {
    return this.roleName === undefined ? undefined : Stack.of(this).formatArn({ service: 'iam', region: '', resource: 'role', resourceName: this.roleName });
  }

  /** A role that may write to the log group, and nothing else yet. AWSLambdaBasicExecutionRole would allow every log group. */
  private role(id: string, description: string, roleName?: string): iam.Role {
    const role = new iam.Role(this, id, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'), description, roleName });
    role.addToPrincipalPolicy(new iam.PolicyStatement({
      sid: 'Log',
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [Lazy.string({ produce: () => this.effectiveLogGroup().logGroupArn })],
    }));
    return role;
  }

  private effectiveLogGroup(): logs.ILogGroup {
    return this.logGroup ?? this.ownLogGroup;
  }

  private setRoleName(roleName: string | undefined): void {
    if (roleName === undefined) {
      return;
    }
    if (!Token.isUnresolved(roleName) && !/^[\w+=,.@-]{1,64}$/.test(roleName)) {
      throw new Error(messages.handlerRoleNameMalformed(roleName));
    }
    if (this.roleName !== undefined && this.roleName !== roleName) {
      throw new Error(messages.twoHandlerRoleNames(this.roleName, roleName));
    }
    this.roleName = roleName;
  }

  private setLogGroup(logGroup: logs.ILogGroup | undefined): void {
    if (!logGroup) {
      return;
    }
    if (this.logGroup && !this.isSameLogGroup(this.logGroup, logGroup)) {
      throw new Error(messages.twoLogGroups(this.logGroup.node.path, logGroup.node.path));
    }
    this.logGroup = logGroup;
    this.node.tryRemoveChild('Log');
  }

  /** Whether two constructs are the same log group, which may be imported twice. */
  private isSameLogGroup(one: logs.ILogGroup, other: logs.ILogGroup): boolean {
    const arn = (logGroup: logs.ILogGroup) => JSON.stringify(Stack.of(this).resolve(logGroup.logGroupArn));
    return arn(one) === arn(other);
  }
}
