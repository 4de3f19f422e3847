import type { Parameter } from '@aws-sdk/client-cloudformation';
import { CloudFormation } from '../../../local-aws/cloudformation/cloud-formation';
import { CloudFormationSwitches, defaultCloudFormationSwitches } from '../../../local-aws/cloudformation/cloudformation-switches';
import { Environment, ResourceFailure, ResourceType } from '../../../local-aws/cloudformation/resource-types/resource-type';
import { Stack } from '../../../local-aws/cloudformation/stacks/stack';
import { JsonObject } from '../../../local-aws/cloudformation/template/template';
import { Clock } from '../../../local-aws/time/clock';

export const here: Environment = { account: '123456789012', region: 'us-east-1' };

/** A CloudFormation whose only types are made for tests: what was asked of them can be read, held up and made to fail. */
export class Engine {
  /** `create A-1`, `update A-1`, `delete A-1`, in order. */
  public readonly calls: string[] = [];
  /** Logical ids whose next operations fail: `create A`, `update A`, `delete A`, with how often. */
  public readonly failures = new Map<string, number>();
  public readonly ssm: Record<string, string> = {};
  public readonly clock = new Clock(0);
  public readonly cloudFormationSwitches: CloudFormationSwitches = { ...defaultCloudFormationSwitches };
  public readonly cloudFormation: CloudFormation;
  private made = 0;
  private readonly held = new Map<string, () => void>();
  private readonly reached = new Map<string, () => void>();

  public constructor(more: Record<string, ResourceType> = {}) {
    const types: Record<string, ResourceType> = { 'Test::Thing': this.thing(), 'AWS::IAM::Role': this.thing(), ...more };
    this.cloudFormation = new CloudFormation({
      clock: this.clock,
      typeOf: type => types[type] ?? (type.startsWith('Custom::') ? types['Custom::'] : undefined),
      typeExists: type => !type.startsWith('AWS::Nope::'),
      ssm: () => name => this.ssm[name],
      zones: region => [`${region}a`, `${region}b`],
      switches: this.cloudFormationSwitches,
    });
  }

  public async deploy(resources: object, more: object = {}, stackName = 'S', options: { disableRollback?: boolean; parameters?: Parameter[] } = {}): Promise<Stack> {
    const input = {
      StackName: stackName,
      TemplateBody: JSON.stringify({ Resources: resources, ...more }),
      Parameters: options.parameters,
      DisableRollback: options.disableRollback,
    };
    try {
      this.cloudFormation.createStack(here, input);
    } catch (error) {
      if ((error as Error).name !== 'AlreadyExistsException') {
        throw error;
      }
      this.cloudFormation.updateStack(here, input);
    }
    return this.cloudFormation.settled(here, stackName);
  }

  public async destroy(stackName = 'S', retain?: string[]): Promise<Stack> {
    const { id } = this.cloudFormation.stack(here, stackName);
    this.cloudFormation.deleteStack(here, { StackName: stackName, RetainResources: retain });
    return this.cloudFormation.settled(here, id);
  }

  /** Resolves once a resource with the property `Hold` (or, when it is deleted, `HoldDelete`) has begun; `release` lets it end. */
  public begun(name: string): Promise<void> {
    return new Promise(resolve => this.reached.set(name, resolve));
  }

  public release(name: string): void {
    this.held.get(name)?.();
  }

  private thing(): ResourceType {
    return {
      replacementProperties: ['Name'],
      create: async request => {
        this.made += 1;
        const physicalId = `${request.logicalId}-${this.made}`;
        this.calls.push(`create ${physicalId}`);
        await this.hold(request.properties);
        if (request.properties.Initiated === 'yes') {
          request.initiated(physicalId);
        }
        this.fail(`create ${request.logicalId}`);
        return { physicalId, attributes: { Arn: `arn:${physicalId}`, Value: request.properties.Value } };
      },
      update: async request => {
        this.calls.push(`update ${request.physicalId} ${JSON.stringify(request.oldProperties.Value)} to ${JSON.stringify(request.properties.Value)}`);
        await this.hold(request.properties);
        this.fail(`update ${request.logicalId}`);
        return { physicalId: request.physicalId, attributes: { ...request.attributes, Value: request.properties.Value } };
      },
      delete: async request => {
        this.calls.push(`delete ${request.physicalId}`);
        await this.hold({ Hold: request.properties.HoldDelete });
        this.fail(`delete ${request.logicalId}`);
      },
    };
  }

  private async hold(properties: JsonObject): Promise<void> {
    if (typeof properties.Hold === 'string') {
      const name = properties.Hold;
      const released = new Promise<void>(resolve => this.held.set(name, resolve));
      this.reached.get(name)?.();
      await released;
    }
  }

  private fail(what: string): void {
    const left = this.failures.get(what) ?? 0;
    if (left > 0) {
      this.failures.set(what, left - 1);
      throw new ResourceFailure(`${what} went wrong`);
    }
  }
}

export function thing(properties: object = {}, more: object = {}): object {
  return { Type: 'Test::Thing', Properties: properties, ...more };
}

/** `Logical STATUS reason`, without the stack's own events unless asked for. */
export function eventsOf(stack: Stack, from = 0): string[] {
  return stack.events.slice(from).map(event => [event.LogicalResourceId, event.ResourceStatus, event.ResourceStatusReason].filter(Boolean).join(' '));
}
