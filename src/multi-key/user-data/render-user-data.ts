import { Annotations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { renderBuilderScript } from './builder-script';
import { DeviceFileSystem } from '../file-systems/file-system-options';
import { renderFileSystems } from '../file-systems/file-system-script';
import * as messages from '../messages';
import { MultiKeyAmiBuilderProps } from '../multi-key-ami-builder-props';

/** A script that can be part of another: of a shell, and not a multipart archive or a cloud-config. */
const SHELL_SCRIPT = /^#!\s*\/(usr\/)?bin\/(env\s+)?(ba)?sh\b/;
/** The last command, in whose place the construct's own shutdown comes. */
const LAST_SHUTDOWN = /(^|\n)[ \t]*(sudo[ \t]+)?(shutdown|poweroff|halt|systemctl[ \t]+(poweroff|halt))\b[^\n]*\s*$/;

/** The user data of the builder instance: the file systems, the user data of the props, the clean-up and the shutdown, as far as they apply. */
export function renderUserData(
  scope: Construct,
  { userData, cleanUp }: Pick<MultiKeyAmiBuilderProps, 'userData' | 'cleanUp'>,
  fileSystems: readonly DeviceFileSystem[],
  osType: ec2.OperatingSystemType,
): string | undefined {
  const isLinux = osType === ec2.OperatingSystemType.LINUX;
  const commands = renderFileSystems(fileSystems);
  const script = userData?.render();
  if (script === undefined) {
    return fileSystems.length === 0 ? undefined : renderBuilderScript({ fileSystems: commands, cleanUp: cleanUp ?? true });
  }
  const isShellScript = isLinux && SHELL_SCRIPT.test(script);
  if (isShellScript && (cleanUp !== false || fileSystems.length > 0)) {
    const own = script.replace(LAST_SHUTDOWN, '').trimEnd();
    if (/^[^#\n]*\b(shutdown|poweroff|halt)\b/m.test(own)) {
      Annotations.of(scope).addWarningV2('cdk-encrypted-ami:userDataShutsDown', messages.userDataShutsDown());
    }
    return renderBuilderScript({ fileSystems: commands, userData: own, cleanUp: cleanUp ?? true });
  }
  if (fileSystems.length > 0) {
    throw new Error(messages.fileSystemsWithOtherUserData());
  }
  if (cleanUp) {
    throw new Error(messages.cleanUpNotPossible());
  }
  if (cleanUp === undefined && isLinux) {
    Annotations.of(scope).addWarningV2('cdk-encrypted-ami:userDataNotCleanedUp', messages.userDataNotCleanedUp());
  }
  return script;
}
