import { spawnSync } from 'child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { MultiKeyAmiBuilder, MultiKeyAmiBuilderProps } from '../../../src';
import { imageWithId } from '../../helpers/deployment';
import { newStack, SOURCE_ID } from '../../helpers/stacks';

/** The clean-up that the construct adds to the user data of a builder instance. */

const WARNING = 'stays on the root volume of the AMI';

function build(props: Partial<MultiKeyAmiBuilderProps>, osType = ec2.OperatingSystemType.LINUX) {
  const stack = newStack();
  new MultiKeyAmiBuilder(stack, 'Ami', { sourceImage: imageWithId(SOURCE_ID, osType), rootVolume: { encryptionKey: new kms.Key(stack, 'Key') }, ...props });
  const [ami] = Object.values(Template.fromStack(stack).findResources('Custom::MultiKeyAmi'));
  const userData = (ami.Properties as { UserData: { 'Fn::Base64': string } }).UserData['Fn::Base64'];
  return { userData, warnings: Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp(WARNING)) };
}

function linux(...commands: string[]): ec2.UserData {
  const userData = ec2.UserData.forLinux();
  userData.addCommands(...commands);
  return userData;
}

test.each([
  'shutdown -h now', 'shutdown -P +0', 'sudo shutdown -h now', 'poweroff', 'systemctl poweroff', '  halt -p\n',
])('comes before the shutdown, and replaces %p at the end', last => {
  const { userData } = build({ userData: linux('dnf install -y nginx', last) });
  expect(userData).toMatch(/\n#!\/bin\/bash\ndnf install -y nginx\nEND_OF_USER_DATA\n.*\nrm -f \/etc\/ssh\/ssh_host_\*\n.*\nshutdown -h now$/s);
  expect(userData.match(/(shutdown|poweroff|halt)\b(?!\.target)/g)).toHaveLength(1);
});

test('a shutdown before the end of the script is warned of', () => {
  const warnings = (...commands: string[]) => {
    const stack = newStack();
    new MultiKeyAmiBuilder(stack, 'Ami', {
      sourceImage: imageWithId(SOURCE_ID), rootVolume: { encryptionKey: new kms.Key(stack, 'Key') }, userData: linux(...commands),
    });
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('has a shutdown before its end'));
  };
  expect(warnings('shutdown -h now', 'exit 0')).toHaveLength(1);
  expect(warnings('# no shutdown', 'true')).toEqual([]);
});

test('is left out on demand', () => {
  expect(build({ userData: linux('true', 'shutdown -h now'), cleanUp: false })).toEqual({ userData: '#!/bin/bash\ntrue\nshutdown -h now', warnings: [] });
});

test.each(['#cloud-config\npower_state: {mode: poweroff}', '#!/usr/bin/python3\nprint(1)'])('is not added to %j, which is warned of', text => {
  const userData = ec2.UserData.custom(text);
  expect(build({ userData })).toMatchObject({ userData: text, warnings: [expect.anything()] });
  expect(build({ userData, cleanUp: false }).warnings).toEqual([]);
  expect(() => build({ userData, cleanUp: true })).toThrow('`cleanUp` requires `userData` that is a shell script of Linux');
});

test('is not added on Windows, and refused there and without user data', () => {
  const userData = ec2.UserData.custom('<powershell>Stop-Computer</powershell>');
  expect(build({ userData }, ec2.OperatingSystemType.WINDOWS)).toEqual({ userData: '<powershell>Stop-Computer</powershell>', warnings: [] });
  expect(() => build({ userData, cleanUp: true }, ec2.OperatingSystemType.WINDOWS)).toThrow('`cleanUp` requires');
  expect(() => build({ cleanUp: false })).toThrow('`cleanUp` requires `userData`, but got none.');
});

test('counts for the limit of 16 KiB', () => {
  expect(() => build({ userData: linux('x'.repeat(16_300)) })).toThrow('`userData` must have at most 16384 bytes');
});

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
  const commands = build({ userData: linux('true') }).userData.split('\n');
  const cleanUp = commands.slice(commands.findIndex(line => line.startsWith('rm -rf')), commands.indexOf('sync'));
  const script = ['set -euo pipefail', ...cleanUp].join('\n').replace(/ \/(var|etc)\//g, ` ${root}/$1/`);
  // nothing of this machine is removed
  expect(script).not.toMatch(/[\s"']\/(var|etc)\b/);
  const { status } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  const left = Object.fromEntries(Object.keys(files).map(file => [file, existsSync(root + file)]));
  const machineIds = ['/etc/machine-id', '/var/lib/dbus/machine-id'].map(file => readFileSync(root + file, 'utf8'));
  rmSync(root, { recursive: true });
  expect({ status, left, machineIds }).toEqual({ status: 0, left: files, machineIds: ['', ''] });
});
