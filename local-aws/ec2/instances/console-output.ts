import { GetConsoleOutputRequest } from '@aws-sdk/client-ec2';
import { instancePermission, ownInstance } from './instance-access';
import { instanceType } from './instance-types';
import { AwsError } from '../../aws-call';
import { checkId, notFound } from '../requests/errors';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';
import { Instance } from '../state/records';

/** EC2 keeps the last 64 KB. */
const KEPT = 64 * 1024;

interface Line {
  readonly at: number;
  readonly text: string;
}

export const consoleOperations: Ec2Operations = {
  GetConsoleOutput: (ec2, call) => {
    const { InstanceId = '', Latest } = call.input as unknown as GetConsoleOutputRequest;
    checkId('i', InstanceId);
    ec2.permissions.require(call, [instancePermission(ec2, call, InstanceId)]);
    const instance = ownInstance(ec2, call, InstanceId);
    if (!instance) {
      throw notFound('i', [InstanceId]);
    }
    if (Latest && !instanceType(instance.instanceType).nitro) {
      throw new AwsError('UnsupportedOperation', 'This instance type does not support retrieving the latest console logs.');
    }
    const visibleUntil = Latest ? ec2.clock.now() : postedAt(ec2, instance);
    const visibleLines = linesOf(instance).filter(({ at }) => visibleUntil !== undefined && at <= visibleUntil);
    const output = Buffer.from(visibleLines.map(({ text }) => `${text}\r\n`).join('')).subarray(-KEPT);
    return { InstanceId, Timestamp: new Date(visibleUntil ?? ec2.clock.now()), Output: output.length > 0 ? output.toString('base64') : undefined };
  },
};

/** Without `Latest`, EC2 returns the output that was last posted: some time after a boot, and after a stop. */
function postedAt({ clock, settings: { timing } }: Ec2Context, instance: Instance): number | undefined {
  if (instance.bootedAt === undefined) {
    return undefined;
  }
  if (['stopped', 'terminated'].includes(instance.state)) {
    return clock.now();
  }
  const posted = instance.bootedAt + timing.consolePosted;
  return posted <= clock.now() ? posted : undefined;
}

/** The console output of an instance, as far as its user data is known. */
function linesOf({ bootedAt, createdAt, privateIpAddress, attributes, preparation }: Instance): Line[] {
  if (bootedAt === undefined) {
    return [];
  }
  const host = `ip-${privateIpAddress.replaceAll('.', '-')}`;
  const seconds = (at: number) => ((at - createdAt) / 1_000).toFixed(6).padStart(12);
  const boot = attributes.platform === 'windows' ? windowsBoot(bootedAt) : [
    `[${seconds(createdAt)}] Linux version 6.1.0 (${attributes.architecture}) #1 SMP PREEMPT_DYNAMIC`,
    `[${seconds(bootedAt - 2_000)}] systemd[1]: Hostname set to <${host}>.`,
    `[${seconds(bootedAt)}] cloud-init: Cloud-init v. 22.2.2 running 'modules:final'`,
  ].map(text => ({ at: bootedAt, text }));
  if (!preparation) {
    return [...boot, { at: bootedAt, text: `${host} login:` }];
  }
  const { commands, output, startedAt, endedAt } = preparation;
  const echoed = output ?? commands.map((command, index) => ({ at: startedAt + index * 1_000, text: `[${seconds(startedAt + index * 1_000)}] cloud-init: + ${command}` }));
  const end = endedAt === undefined ? [] : [{ at: endedAt, text: `[${seconds(endedAt)}] reboot: Power down` }];
  return [...boot, ...echoed, ...end];
}

function windowsBoot(at: number): Line[] {
  const time = new Date(at).toISOString();
  return ['EC2Launch started', 'Windows is Ready to use'].map(text => ({ at, text: `${time}: ${text}` }));
}
