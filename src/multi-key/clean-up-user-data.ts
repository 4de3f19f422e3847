import { Annotations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import * as messages from './messages';
import { MultiKeyAmiBuilderProps } from './multi-key-ami-builder-props';

/**
 * Commands that remove the identity of the builder instance, and its user data: cloud-init keeps the user data of each instance on the root volume. Systemd writes a new
 * machine ID where the file is empty, and cloud-init and sshd make new host keys.
 */
const CLEAN_UP = [
  '# MultiKeyAmiBuilder: the AMI keeps neither this script nor what identifies this instance',
  'rm -rf /var/lib/cloud/instance /var/lib/cloud/instances /var/log/cloud-init.log /var/log/cloud-init-output.log',
  'rm -f /etc/ssh/ssh_host_*',
  'truncate -s 0 /etc/machine-id',
  'rm -f /var/lib/dbus/machine-id',
  'ln -s /etc/machine-id /var/lib/dbus/machine-id || true',
  'shutdown -h now',
];

/** A script whose end can be replaced: of a shell, and not a multipart archive or a cloud-config. */
const SHELL_SCRIPT = /^#!\s*\/(usr\/)?bin\/(env\s+)?(ba)?sh\b/;
/** The last command, which the clean-up precedes. */
const LAST_SHUTDOWN = /(^|\n)[ \t]*(sudo[ \t]+)?(shutdown|poweroff|halt|systemctl[ \t]+(poweroff|halt))\b[^\n]*\s*$/;

/** The user data of the builder instance, with the clean-up and the shutdown at the end unless it is refused or does not apply. */
export function renderUserData(
  scope: Construct, { userData, cleanUp }: Pick<MultiKeyAmiBuilderProps, 'userData' | 'cleanUp'>, osType: ec2.OperatingSystemType,
): string | undefined {
  if (!userData) {
    return undefined;
  }
  const script = userData.render();
  const isLinux = osType === ec2.OperatingSystemType.LINUX;
  const warn = () => Annotations.of(scope).addWarningV2('cdk-encrypted-ami:userDataNotCleanedUp', messages.userDataNotCleanedUp());
  if (cleanUp !== false && isLinux && SHELL_SCRIPT.test(script)) {
    const commands = script.replace(LAST_SHUTDOWN, '').trimEnd();
    if (/^[^#\n]*\b(shutdown|poweroff|halt)\b/m.test(commands)) {
      warn();
    }
    return `${commands}\n${CLEAN_UP.join('\n')}`;
  }
  if (cleanUp) {
    throw new Error(messages.cleanUpNotPossible());
  }
  if (cleanUp === undefined && isLinux) {
    warn();
  }
  return script;
}
