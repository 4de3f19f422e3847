import { EC2Client, Instance, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { Environment, Group, GroupSettings } from './group';
import { launchGroupInstance } from './launch-group-instance';
import { describeInstance } from '../describe-instance';
import { partitionOf } from '../regions/partition';
import { Clock } from '../time/clock';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** The roles of IAM, as far as Auto Scaling uses them. */
interface ServiceLinkedRoles {
  roleArns(): string[];
  createServiceLinkedRole(owner: { readonly account: string; readonly partition: string }, service: string): string;
  credentials(roleArn: string, sessionName: string): Credentials;
}

export interface AutoScalingOptions {
  readonly clock: Clock;
  readonly roles: ServiceLinkedRoles;
  /** An EC2 client with the credentials of a role. */
  readonly ec2: (environment: Environment, credentials: Credentials) => EC2Client;
}

const SERVICE = 'autoscaling.amazonaws.com';
const POLL_MS = 5_000;
/** Auto Scaling tries again for longer. Each of these attempts fails for the same reason here. */
const MAX_FAILED_LAUNCHES = 2;

/** Amazon EC2 Auto Scaling: groups that launch and terminate instances as their service-linked role. */
export class AutoScaling {
  private readonly groups = new Map<string, Group>();

  public constructor(private readonly options: AutoScalingOptions) {}

  /** Creates a group without instances. The first group of an account creates the service-linked role. */
  public createGroup(environment: Environment, settings: GroupSettings): Group {
    const roleArn = settings.serviceLinkedRoleArn ?? this.defaultRole(environment);
    const group: Group = { ...environment, settings, roleArn, instanceIds: [], activities: [] };
    this.groups.set(keyOf(environment, settings.name), group);
    return group;
  }

  public group(environment: Environment, name: string): Group | undefined {
    return this.groups.get(keyOf(environment, name));
  }

  /** True if a group launches as the role, which then cannot be deleted. */
  public usesRole(roleArn: string): boolean {
    return [...this.groups.values()].some(group => group.roleArn === roleArn);
  }

  /** Launches or terminates instances until the group has its desired capacity. Returns the last failed activity if it does not reach it. */
  public async scale(group: Group, stopped: () => boolean): Promise<string | undefined> {
    const ec2 = this.clientOf(group);
    try {
      await this.terminate(ec2, group.instanceIds.splice(group.settings.desiredCapacity));
      for (let failed = 0; !stopped() && group.instanceIds.length < group.settings.desiredCapacity;) {
        const failure = await this.launchOne(ec2, group);
        if (failure !== undefined && (failed += 1) === MAX_FAILED_LAUNCHES) {
          return failure;
        }
      }
      return undefined;
    } finally {
      ec2.destroy();
    }
  }

  public async deleteGroup(environment: Environment, name: string): Promise<void> {
    const group = this.group(environment, name);
    if (group) {
      group.settings = { ...group.settings, desiredCapacity: 0 };
      await this.scale(group, () => true);
      this.groups.delete(keyOf(environment, name));
    }
  }

  public reset(): void {
    this.groups.clear();
  }

  /** Returns why the instance was not launched, in the words of the scaling activity. */
  private async launchOne(ec2: EC2Client, group: Group): Promise<string | undefined> {
    let instanceId: string | undefined;
    let failure: string | undefined;
    try {
      instanceId = await launchGroupInstance(ec2, group);
      const instance = await this.started(ec2, instanceId);
      if (instance.State?.Name !== 'running') {
        await this.terminate(ec2, [instanceId]);
        failure = 'Instance became unhealthy while waiting for instance to be in InService state. '
          + `Termination Reason: ${instance.StateReason?.Message ?? ''}`;
      }
    } catch (error) {
      failure = `${(error as Error).message} Launching EC2 instance failed.`;
    }
    group.activities.push({ status: failure === undefined ? 'Successful' : 'Failed', instanceId, message: failure ?? '' });
    if (failure === undefined) {
      group.instanceIds.push(instanceId!);
    }
    return failure;
  }

  private async started(ec2: EC2Client, instanceId: string): Promise<Instance> {
    for (;;) {
      const instance = await describeInstance(ec2, instanceId);
      if (instance !== undefined && instance.State?.Name !== 'pending') {
        return instance;
      }
      await this.options.clock.sleep(POLL_MS);
    }
  }

  private async terminate(ec2: EC2Client, instanceIds: string[]): Promise<void> {
    if (instanceIds.length === 0) {
      return;
    }
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: instanceIds }));
    for (const instanceId of instanceIds) {
      while (!['terminated', undefined].includes((await describeInstance(ec2, instanceId))?.State?.Name)) {
        await this.options.clock.sleep(POLL_MS);
      }
    }
  }

  private clientOf(group: Group): EC2Client {
    return this.options.ec2(group, this.options.roles.credentials(group.roleArn, 'AutoScaling'));
  }

  private defaultRole({ account, region }: Environment): string {
    const partition = partitionOf(region);
    const arn = `arn:${partition}:iam::${account}:role/aws-service-role/${SERVICE}/AWSServiceRoleForAutoScaling`;
    return this.options.roles.roleArns().includes(arn) ? arn : this.options.roles.createServiceLinkedRole({ account, partition }, SERVICE);
  }
}

function keyOf({ account, region }: Environment, name: string): string {
  return `${account} ${region} ${name}`;
}
