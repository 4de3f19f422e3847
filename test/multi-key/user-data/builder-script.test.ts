import { spawnSync } from 'child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { renderBuilderScript } from '../../../src/multi-key/user-data/builder-script';

/** The clean-up of a builder instance, run by bash on files. The rest of the script: `test/multi-key/file-systems/file-system-script.test.ts`. */

test('removes the user data and the identity, and keeps the rest', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'clean-up-'));
  const files = {
    '/var/lib/cloud/instances/i-1/user-data.txt': false,
    '/var/lib/cloud/instances/i-1/scripts/part-001': false,
    '/var/log/cloud-init-output.log': false,
    '/etc/ssh/ssh_host_rsa_key': false,
    '/etc/ssh/ssh_host_rsa_key.pub': false,
    '/etc/ssh/sshd_config': true,
    '/var/lib/cloud/scripts/per-boot/mount.sh': true,
    '/etc/machine-id': true,
  };
  for (const file of [...Object.keys(files), '/var/lib/dbus/machine-id']) {
    mkdirSync(path.dirname(root + file), { recursive: true });
    writeFileSync(root + file, 'content');
  }
  const commands = renderBuilderScript({ fileSystems: [], userData: '#!/bin/sh', cleanUp: true }).split('\n');
  const cleanUp = commands.slice(commands.findIndex(line => line.endsWith('|| fail "the user data ended with exit status $?"')) + 1, commands.indexOf('sync'));
  const script = ['set -euo pipefail', ...cleanUp].join('\n').replace(/ \/(var|etc)\//g, ` ${root}/$1/`);
  // nothing of this machine is removed
  expect(script).not.toMatch(/[\s"']\/(var|etc)\b/);
  const { status } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  const left = Object.fromEntries(Object.keys(files).map(file => [file, existsSync(root + file)]));
  const machineIds = ['/etc/machine-id', '/var/lib/dbus/machine-id'].map(file => readFileSync(root + file, 'utf8'));
  rmSync(root, { recursive: true });
  expect({ status, left, machineIds }).toEqual({ status: 0, left: files, machineIds: ['', ''] });
});
