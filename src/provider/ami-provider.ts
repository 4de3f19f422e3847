import * as path from 'path';
import { Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as cr from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { HandlerPolicy } from './handler-permissions';
import { KeyPermissions } from './key-permissions';

/** The log group that one construct asks for. */
export interface LogChoice {
  readonly logGroup?: logs.ILogGroup;
}

/**
 * Between two looks at an image. Half of it is what a copy loses on average after EC2 is done; 400 copies at this pace ask EC2
 * 27 times a second, at its quota for descriptions.
 */
const QUERY_INTERVAL = Duration.seconds(15);

/**
 * The backstop: the handler itself gives up earlier, with a sentence that says why, where the framework would only say
 * "Operation timed out". It counts the waits alone, so with a full hour CloudFormation would give up first, without any reason.
 */
const TOTAL_TIMEOUT = Duration.minutes(60);

/** The functions that make, change and remove the images of one stack: one set, however many images there are. */
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
  public readonly permissions: HandlerPolicy;
  public readonly keys: KeyPermissions;

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
    this.permissions = new HandlerPolicy(this, handlerRole);
    this.keys = new KeyPermissions(this, handlerRole);
    const code = lambda.Code.fromAsset(path.join(__dirname, '..', '..', 'assets', 'handler'));
    const handler = (name: string, exported: string, description: string) => new lambda.Function(this, name, {
      code,
      handler: `index.${exported}`,
      description,
      runtime: lambda.Runtime.NODEJS_24_X,
      memorySize: 256,
      timeout: Duration.minutes(3),
      loggingFormat: lambda.LoggingFormat.JSON,
      logGroup,
      role: handlerRole,
    });
    const provider = new cr.Provider(this, 'Provider', {
      onEventHandler: handler('OnEvent', 'onEvent', 'Names the AMI that a request is about'),
      isCompleteHandler: handler('IsComplete', 'isComplete', 'Takes the next step towards the AMI that a request asks for'),
      frameworkOnEventRole: this.role('FrameworkRole', 'Passes requests of CloudFormation on to the handler, and starts the waiter'),
      frameworkCompleteAndTimeoutRole: this.role('WaiterRole', 'Asks the handler until a request is complete'),
      queryInterval: QUERY_INTERVAL,
      totalTimeout: TOTAL_TIMEOUT,
      logGroup,
    });
    this.serviceToken = provider.serviceToken;
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
      throw new Error(
        `All AMIs of a stack share one log group, but got the \`logGroup\` ${this.logGroup.node.path} and the \`logGroup\` ${logGroup.node.path}. Pass the same to all of them.`,
      );
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
