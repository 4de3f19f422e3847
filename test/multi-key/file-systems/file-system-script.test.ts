import { spawnSync } from 'child_process';
import { existsSync, readdirSync, rmSync } from 'fs';
import { join } from 'path';
import { BuilderMachine, canRunScripts } from './builder-machine';
import { DeviceFileSystem, FileSystemType } from '../../../src/multi-key/file-systems/file-system-options';
import { renderFileSystems } from '../../../src/multi-key/file-systems/file-system-script';
import { renderBuilderScript } from '../../../src/multi-key/user-data/builder-script';

/** The script of a builder instance, run by bash on files, with the real mkfs and blkid. */

const BEGIN_OF_FAILURE = '\ncdk-encrypted-ami: builder failed: ';
const RELOAD = 'systemctl daemon-reload';
const data: DeviceFileSystem = { deviceName: '/dev/sdf', fileSystem: FileSystemType.EXT4, label: 'data', mountPoint: '/mnt/data' };
const logs: DeviceFileSystem = { deviceName: '/dev/sdg', fileSystem: FileSystemType.EXT4, mountPoint: '/mnt/logs', mountOptions: ['noatime', 'nofail'] };

if (!canRunScripts) {
  process.stdout.write('mkfs.ext4, blkid or Python is not installed: the builder script is not run\n');
}
const describeOnLinux = canRunScripts ? describe : describe.skip;

let machine: BuilderMachine;
beforeEach(() => { machine = new BuilderMachine(); });
afterEach(() => machine.dispose());

function run(fileSystems: readonly DeviceFileSystem[], userData?: string, environment?: Record<string, string>) {
  return machine.run(renderBuilderScript({ fileSystems: renderFileSystems(fileSystems), userData, cleanUp: false }), environment);
}

function mkfs(type: string, device: string, ...options: string[]): void {
  expect(spawnSync(`mkfs.${type}`, ['-q', ...options, device], { encoding: 'utf8' })).toMatchObject({ status: 0 });
}

/** Fails without a shutdown, and returns the line on the console and what follows it. */
function failureOf({ status, console: text, calls }: ReturnType<typeof run>): string {
  expect(status).toBe(1);
  expect(calls.filter(call => call.startsWith('shutdown'))).toEqual([]);
  expect(readdirSync(join(machine.root, 'run/systemd/system')).sort()).toEqual(['halt.target', 'poweroff.target', 'reboot.target']);
  expect(text.startsWith(BEGIN_OF_FAILURE)).toBe(true);
  return text.slice(BEGIN_OF_FAILURE.length);
}

test('each file system has its line, parents first, and waits ten minutes for its device', () => {
  const lines = renderFileSystems([
    { deviceName: '/dev/sdf', fileSystem: FileSystemType.XFS, label: 'wal', mountPoint: '/data/wal', mountOptions: ['noatime', 'nofail', 'discard'] },
    { deviceName: 'xvdg', fileSystem: FileSystemType.EXT4, mountPoint: '/data' },
    { deviceName: '/dev/sdh', fileSystem: FileSystemType.XFS },
  ]);
  expect(lines.filter(line => line.startsWith('prepare '))).toEqual([
    "prepare '/dev/sdh' 'h' 'xfs' '' '' 'defaults,nofail'",
    "prepare 'xvdg' 'g' 'ext4' '' '/data' 'defaults,nofail'",
    "prepare '/dev/sdf' 'f' 'xfs' 'wal' '/data/wal' 'noatime,discard,nofail'",
  ]);
  expect(lines).toContain('seconds_to_wait=600');
  expect(renderFileSystems([])).toEqual([]);
});

describeOnLinux('devices', () => {
  test.each([
    ['full names, filled with spaces', '/dev/sdf', '/dev/sdg', ' '], ['short names and those of Xen, filled with zeros', 'xvdf', 'sdg', '0'],
  ])('are found on Nitro by the name in the mapping, in whatever order they are: %s', (_title, first, second, padding) => {
    machine.addDevice('nvme0n1', { name: '/dev/xvda' });
    machine.addDevice('nvme1n1', { name: second });
    machine.addDevice('nvme2n1', { name: first, model: 'Amazon EC2 NVMe Instance Storage' });
    machine.addDevice('nvme3n1', { name: first });
    // a link is of somebody's rules, and can be wrong
    machine.addLink('xvdf', 'nvme1n1');
    // as cloud-init of some distributions runs a script, without the directories of mkfs
    const { status, mounts, fstab, calls, output, console: text } = run([logs, data], undefined, { PADDING: padding, PATH: `${machine.root}/bin:/usr/bin:/bin` });
    expect({ status, text, mounts }).toEqual({ status: 0, text: '', mounts: { '/mnt/data': '/dev/nvme3n1', '/mnt/logs': '/dev/nvme1n1' } });
    expect(machine.fileSystemOf(`${machine.root}/dev/nvme3n1`)).toEqual({ type: 'ext4', label: 'data' });
    expect(machine.fileSystemOf(`${machine.root}/dev/nvme1n1`)).toEqual({ type: 'ext4', label: '' });
    expect(['nvme0n1', 'nvme2n1'].map(name => machine.fileSystemOf(`${machine.root}/dev/${name}`).type)).toEqual(['', '']);
    expect(fstab).toEqual([expect.stringMatching(/^UUID=[0-9a-f-]{36} \/mnt\/logs ext4 noatime,nofail 0 2$/), 'LABEL=data /mnt/data ext4 defaults,nofail 0 2']);
    expect(output.replaceAll(machine.root, '')).toBe('/dev/sdg is /dev/nvme1n1\n/dev/sdf is /dev/nvme3n1\n');
    expect(['logs', 'data'].map(name => existsSync(join(machine.root, 'mnt', name)))).toEqual([true, true]);
    // nothing grows that is new
    const mounted = (directory: string) => [RELOAD, `restorecon ${directory}`];
    expect(calls).toEqual([RELOAD, ...mounted('/mnt/logs'), ...mounted('/mnt/data'), RELOAD, 'shutdown -h now']);
  });

  test('are found on Xen, but not by links', () => {
    machine.addDevice('xvdf');
    machine.addDevice('sdz');
    machine.addLink('xvdg', 'sdz');
    // a distribution can have none
    rmSync(`${machine.root}/etc/fstab`);
    const outcome = run([data, logs]);
    expect(outcome.fstab).toEqual(['LABEL=data /mnt/data ext4 defaults,nofail 0 2']);
    expect(outcome.output).not.toContain('Traceback');
    expect(failureOf(outcome)).toMatch(/^the device \/dev\/sdg did not appear within 0 seconds\n/);
    expect(outcome.mounts).toEqual({ '/mnt/data': '/dev/xvdf' });
    expect(machine.fileSystemOf(`${machine.root}/dev/sdz`).type).toBe('');
  });
});

describeOnLinux('a device that is attached later', () => {
  test('is waited for', () => {
    machine.addCommand('sleep', 'if [ "$1" = 2 ]; then truncate -s 20M ROOT/dev/xvdf; else exec /bin/sleep 0.3; fi');
    expect(run([data], undefined, { SECONDS_TO_WAIT: '2' })).toMatchObject({ status: 0, mounts: { '/mnt/data': '/dev/xvdf' } });
  });
});

describeOnLinux('what a volume has', () => {
  let device: string;
  beforeEach(() => { device = machine.addDevice('nvme1n1', { name: 'sdf' }); });

  test('stays, gets the label, and grows', () => {
    mkfs('ext4', device, '-L', 'old', '-U', '8a7cdd4a-22b4-4e33-8d2b-28e8b3a4a1b0');
    const { status, fstab, calls } = run([data]);
    expect({ status, fstab }).toEqual({ status: 0, fstab: ['LABEL=data /mnt/data ext4 defaults,nofail 0 2'] });
    expect(machine.fileSystemOf(device)).toEqual({ type: 'ext4', label: 'data' });
    expect(spawnSync('/usr/sbin/blkid', ['-p', '-o', 'value', '-s', 'UUID', device], { encoding: 'utf8' }).stdout).toBe('8a7cdd4a-22b4-4e33-8d2b-28e8b3a4a1b0\n');
    expect(calls).toContain('resize2fs /dev/nvme1n1');
  });

  test('is not overwritten if it is another file system, or a partition table', () => {
    mkfs('ext2', device);
    expect(failureOf(run([data]))).toMatch(/^\/dev\/sdf has ext2 and no ext4: it is not overwritten\n/);
    expect(machine.fileSystemOf(device).type).toBe('ext2');
    const other = new BuilderMachine();
    try {
      const partitioned = other.addDevice('nvme1n1', { name: 'sdf' });
      spawnSync('bash', ['-c', 'printf "\\x55\\xaa" | dd of="$0" bs=1 seek=510 conv=notrunc; printf "\\x80\\0\\0\\0\\x83\\0\\0\\0\\0\\x08\\0\\0\\0\\x08\\0\\0" | dd of="$0" bs=1 seek=446 conv=notrunc', partitioned]);
      const { console: text } = other.run(renderBuilderScript({ fileSystems: renderFileSystems([data]), cleanUp: false }));
      expect(text).toContain(`${BEGIN_OF_FAILURE}/dev/sdf has dos and no ext4: it is not overwritten\n`);
    } finally {
      other.dispose();
    }
  });

  test('a line of the source AMI for the same directory is replaced, and a label that another device has is refused', () => {
    const fstab = ['# /mnt/data comment', 'UUID=1 / ext4 defaults 1 1', 'UUID=2 /mnt/data ext4 defaults 0 2'].map(line => line.replace(/ \/mnt/, ` ${machine.root}/mnt`));
    machine.addCommand('mountpoint', 'grep -q " $2$" ROOT/mounts');
    spawnSync('bash', ['-c', 'cat > "$0"', `${machine.root}/etc/fstab`], { input: fstab.join('\n') });
    expect(run([data]).fstab).toEqual(['# /mnt/data comment', 'UUID=1 / ext4 defaults 1 1', 'LABEL=data /mnt/data ext4 defaults,nofail 0 2']);
    mkfs('ext4', machine.addDevice('nvme0n1', { name: 'xvda' }), '-L', 'data');
    expect(run([data]).console).toContain(`${BEGIN_OF_FAILURE}LABEL=data is not only on /dev/sdf\n`);
  });

  test('a mount that reaches another device is noticed', () => {
    machine.addCommand('mount', 'echo "ROOT/dev/other $1" >> ROOT/mounts');
    expect(failureOf(run([data]))).toMatch(/^\/mnt\/data is not on \/dev\/sdf\n/);
  });

  test('XFS: the commands, and what is missing', () => {
    const xfs: DeviceFileSystem = { ...data, fileSystem: FileSystemType.XFS };
    machine.addCommand('mkfs.xfs', 'echo "mkfs.xfs $*" >> ROOT/calls; truncate -s 400M "${@: -1}"; printf XFSB | dd of="${@: -1}" conv=notrunc status=none');
    // the real blkid takes the stub's for no file system: the label is not there
    const { calls } = run([xfs]);
    expect(calls[1]).toBe('mkfs.xfs -q -L data /dev/nvme1n1');
    const other = new BuilderMachine();
    other.addDevice('nvme1n1', { name: 'sdf' });
    const { console: text } = other.run(renderBuilderScript({ fileSystems: renderFileSystems([xfs]), cleanUp: false }).replace('command -v "mkfs.$type"', 'false'));
    other.dispose();
    expect(text).toContain(`${BEGIN_OF_FAILURE}mkfs.xfs, which /dev/sdf needs, is not installed in the source AMI\n`);
  });
});

describeOnLinux('user data', () => {
  test('runs after the file systems are mounted, by its own interpreter and with its own options', () => {
    machine.addDevice('xvdf');
    const outcome = run([data], `#!/bin/sh -e\ncat ${machine.root}/mounts\necho "$0" | grep -c user-data\ntrap 'echo own trap' EXIT\necho END_OF_USER_DATA\nexit 0\necho not reached`);
    expect(outcome).toMatchObject({ status: 0, console: '' });
    expect(outcome.output).toMatch(/xvdf .*\/mnt\/data\n1\nEND_OF_USER_DATA\nown trap\n/);
    expect(outcome.output).not.toContain('not reached');
    expect(outcome.calls.slice(-2)).toEqual([RELOAD, 'shutdown -h now']);
    expect(readdirSync(join(machine.root, 'run/systemd/system'))).toEqual([]);
  });

  test.each([
    ['a command that fails', 'set -e\necho before\nfalse\necho after', 'the user data ended with exit status 1\nbefore\n'],
    ['a signal', 'kill -9 $$', /^the user data ended with exit status 137\n/],
    ['a shutdown, which is masked', 'set -e\nshutdown -h now', 'the user data ended with exit status 1\nFailed to power off\n'],
  ])('%s fails the build with the last lines, without a shutdown', (_title, commands, expected) => {
    const failure = failureOf(run([], `#!/bin/bash\n${commands}`));
    if (typeof expected === 'string') {
      expect(failure).toBe(expected);
    } else {
      expect(failure).toMatch(expected);
    }
  });

  test('only the last ten lines are on the console, and a command of the script itself is named', () => {
    expect(failureOf(run([], '#!/bin/bash\nseq 100\nexit 1')).split('\n')).toHaveLength(12);
    machine.addCommand('systemctl', 'echo "systemctl $*" >> ROOT/calls; echo "Access denied"; exit 4');
    const again = new RegExp(`${BEGIN_OF_FAILURE}systemctl daemon-reload: exit status 4\nAccess denied\n$`);
    expect(run([], '#!/bin/bash').console).toMatch(again);
  });

  test('a script that systemd ends says so on the console', () => {
    machine.addCommand('systemctl', 'kill "$PPID"');
    expect(run([]).console).toMatch(new RegExp(`^${BEGIN_OF_FAILURE}the script ended early\n`));
  });
});

const shellcheck = [join(__dirname, '../../../.venv/shellcheck/bin/shellcheck'), '/usr/bin/shellcheck'].find(existsSync);
if (shellcheck === undefined) {
  process.stdout.write('shellcheck is not installed: the builder script is not linted\n');
}

test('the script is right for bash, and for shellcheck where there is one', () => {
  const script = renderBuilderScript({ fileSystems: renderFileSystems([data, logs]), userData: '#!/bin/sh\ntrue', cleanUp: true });
  expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  if (shellcheck !== undefined) {
    expect(spawnSync(shellcheck, ['-'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0, stdout: '' });
  }
  // of the 16 KiB
  expect(script.length).toBeLessThan(5_000);
  expect(renderBuilderScript({ fileSystems: renderFileSystems([]), userData: '#!/bin/sh\ntrue', cleanUp: true }).length).toBeLessThan(2_000);
});
