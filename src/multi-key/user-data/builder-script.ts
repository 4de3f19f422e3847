import { BUILDER_FAILURE } from '../../contract/builder-failure';

/** Masked until the end, by links, because systemd 239 of RHEL 8 can refuse what takes a mask back: "--runtime cannot be used with unmask". */
const SHUTDOWN_TARGETS = ['poweroff.target', 'halt.target', 'reboot.target'];

/**
 * Reports a failure on the console, and does not stop the instance then. Until the end, nothing else can stop it regularly: the handler takes an instance
 * that has stopped itself for one whose script has succeeded.
 */
function beginScript(): string[] {
  return [
    '#!/bin/bash',
    '# MultiKeyAmiBuilder: the instance stops after the last command; if one fails, the reason is on the console',
    'set -Eeuo pipefail',
    'export PATH="$PATH:/usr/sbin:/sbin"',
    'self="$(readlink -f "$0")"',
    'log="$self.log"',
    'problem="the script ended early"',
    'exec > >(tee "$log") 2>&1',
    'fail() {',
    '  problem="$1"',
    '  exit 1',
    '}',
    'report() {',
    '  sleep 1',
    `  { printf '\\n%s%s\\n' '${BUILDER_FAILURE}' "\${problem//$'\\n'/ }"; tail -n 10 "$log"; } > /dev/console`,
    '}',
    'trap \'problem="$BASH_COMMAND: exit status $?"\' ERR',
    'trap report EXIT',
    `for target in ${SHUTDOWN_TARGETS.join(' ')}; do ln -sfn /dev/null "/run/systemd/system/$target"; done`,
    'systemctl daemon-reload',
  ];
}

function endScript(): string[] {
  return [
    'sync',
    'trap - ERR EXIT',
    `rm -f ${SHUTDOWN_TARGETS.map(target => `/run/systemd/system/${target}`).join(' ')}`,
    'systemctl daemon-reload',
    'shutdown -h now',
  ];
}

/**
 * Commands that remove the identity of the builder instance, and its user data: cloud-init keeps the user data of each instance on the root volume. Systemd writes a new
 * machine ID where the file is empty, and cloud-init and sshd make new host keys.
 */
function removeIdentity(): string[] {
  return [
    'rm -rf /var/lib/cloud/instance /var/lib/cloud/instances /var/log/cloud-init.log /var/log/cloud-init-output.log',
    'rm -f /etc/ssh/ssh_host_*',
    'truncate -s 0 /etc/machine-id',
    'rm -f /var/lib/dbus/machine-id',
    'ln -s /etc/machine-id /var/lib/dbus/machine-id || true',
  ];
}

export interface BuilderScriptParts {
  /** The commands for the file systems. */
  readonly fileSystems: readonly string[];
  /** A shell script with its first line. It runs after the file systems are mounted. */
  readonly userData?: string;
  readonly cleanUp: boolean;
}

/** The script of a builder instance, which ends with its shutdown. */
export function renderBuilderScript({ fileSystems, userData, cleanUp }: BuilderScriptParts): string {
  return [...beginScript(), ...fileSystems, ...userData === undefined ? [] : runUserData(userData), ...cleanUp ? removeIdentity() : [], ...endScript()].join('\n');
}

/** In a process of its own, so that its options, traps and `exit` have no effect on the rest. */
function runUserData(script: string): string[] {
  let end = 'END_OF_USER_DATA';
  while (script.includes(end)) {
    end += '_';
  }
  return [
    `cat > "$self.user-data" << '${end}'`,
    script,
    end,
    'chmod 700 "$self.user-data"',
    '"$self.user-data" || fail "the user data ended with exit status $?"',
  ];
}
