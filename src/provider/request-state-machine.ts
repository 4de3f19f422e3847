import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct, IConstruct } from 'constructs';
import * as messages from './messages';
import { hashDefinition, renderDefinition } from './state-machine';

/** The functions around the state machine. */
interface Surroundings {
  readonly step: lambda.IFunction;
  readonly stepTimeout: Duration;
  /** The role of the function that starts executions. */
  readonly requestRole: iam.Role;
}

/** The state machine that runs the steps of a request, its role, and the key that its data is encrypted with. */
export class RequestStateMachine {
  public readonly arn: string;

  private encryptionKey?: kms.IKey;
  private readonly role: iam.Role;
  private readonly waitForKey: IConstruct[] = [];

  /** CloudFormation chooses its name: the name of a deleted state machine cannot be used again at once. */
  public constructor(private readonly scope: Construct, private readonly surroundings: Surroundings) {
    const { step, stepTimeout, requestRole } = surroundings;
    const stack = Stack.of(scope);
    this.role = new iam.Role(scope, 'StateMachineRole', { assumedBy: new iam.ServicePrincipal('states.amazonaws.com'), description: 'Invokes the handler' });
    this.role.addToPrincipalPolicy(new iam.PolicyStatement({ sid: 'InvokeStep', actions: ['lambda:InvokeFunction'], resources: [step.functionArn] }));
    const stateMachine = new sfn.CfnStateMachine(scope, 'StateMachine', {
      definitionString: stack.toJsonString(renderDefinition(step.functionArn, stepTimeout)),
      roleArn: this.role.roleArn,
      stateMachineType: 'STANDARD',
      encryptionConfiguration: Lazy.any({
        produce: () => this.encryptionKey && { type: 'CUSTOMER_MANAGED_KMS_KEY', kmsKeyId: stack.resolve(this.encryptionKey.keyArn) as string },
      }),
    });
    const baseId = String(stack.resolve(stateMachine.logicalId));
    stateMachine.overrideLogicalId(Lazy.string({ produce: () => `${baseId}${this.hash()}` }));
    // and on the policy of the role: an execution that begins without it fails
    stateMachine.node.addDependency(this.role);
    this.arn = stateMachine.ref;
    requestRole.addToPrincipalPolicy(new iam.PolicyStatement({ sid: 'Start', actions: ['states:ListExecutions', 'states:StartExecution'], resources: [this.arn] }));
  }

  /** Encrypts the data of executions, and so their history, with a customer managed key. */
  public chooseEncryptionKey(key: kms.IKey | undefined): void {
    if (!key) {
      return;
    }
    if ('aliasName' in key) {
      throw new Error(messages.stateMachineKeyIsAlias());
    }
    if (this.encryptionKey) {
      if (this.resolved(this.encryptionKey) !== this.resolved(key)) {
        throw new Error(messages.twoStateMachineKeys(this.encryptionKey.node.path, key.node.path));
      }
      return;
    }
    this.encryptionKey = key;
    this.allowKey(key);
  }

  /** Makes a construct wait until the role of the state machine is allowed to use the key: no Catch sees an execution that is denied the key. */
  public makeWaitForKey(construct: IConstruct): void {
    this.waitForKey.push(construct);
  }

  /** Who starts an execution uses the key through Step Functions, and the role of the state machine uses it directly. */
  private allowKey(key: kms.IKey): void {
    const use = { actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] };
    const ofStateMachine = { 'kms:EncryptionContext:aws:states:stateMachineArn': this.arn };
    const { region, urlSuffix } = Stack.of(this.scope);
    this.surroundings.requestRole.addToPrincipalPolicy(new iam.PolicyStatement({
      sid: 'StartWithKey',
      ...use,
      conditions: { StringEquals: { ...ofStateMachine, 'kms:ViaService': [`states.${region}.amazonaws.com`, `states.${region}.${urlSuffix}`] } },
    }));
    // not in the policy that the state machine waits for, because it names the state machine
    const policy = new iam.Policy(this.scope, 'StateMachineKeyPolicy', {
      roles: [this.role],
      statements: [new iam.PolicyStatement({ sid: 'RunWithKey', ...use, conditions: { StringEquals: ofStateMachine } })],
    });
    this.waitForKey.forEach(construct => construct.node.addDependency(policy));
  }

  /** For some seconds after a change of a state machine, executions may start with what it was before: another key is another state machine, too. */
  private hash(): string {
    return hashDefinition(this.encryptionKey ? { definition: renderDefinition('', this.surroundings.stepTimeout), key: this.resolved(this.encryptionKey) }
      : renderDefinition('', this.surroundings.stepTimeout));
  }

  private resolved(key: kms.IKey): string {
    return JSON.stringify(Stack.of(this.scope).resolve(key.keyArn));
  }
}
