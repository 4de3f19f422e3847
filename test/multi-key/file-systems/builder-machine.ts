import { spawnSync } from 'child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';

/**
 * Python starts with this file: `fcntl.ioctl` answers "identify controller" as an EBS volume does, with the name from a file beside the device.
 * Only the call to the kernel is replaced: the request that the script packs is decoded, and the answer is written to the address in it.
 */
const IDENTIFY = `
import ctypes, fcntl, os, struct
def ioctl(device, request, command):
    fields = struct.unpack("=BBHIQQQIIIIIIIIQ", command)
    assert request == 0xC0484E41 and len(command) == 72 and fields[0] == 6 and fields[8:10] == (4096, 1), fields
    model, name = open(device.name + ".identify").read().split("\\n")[:2]
    data = bytearray(4096)
    data[24:64] = model.ljust(40).encode()
    data[3072:3104] = name.ljust(32, os.environ.get("PADDING", " ")[:1].replace("0", "\\0")).encode()
    ctypes.memmove(fields[6], bytes(data), 4096)
    return command
fcntl.ioctl = ioctl
`;

/** Commands that change the machine. They write their words to `calls`; `mount` and `findmnt` keep a table of their own. */
const COMMANDS: Record<string, string> = {
  systemctl: 'echo "systemctl $*" >> ROOT/calls',
  shutdown: 'if [ -L ROOT/run/systemd/system/poweroff.target ]; then echo "Failed to power off"; exit 1; fi; echo "shutdown $*" >> ROOT/calls',
  // not possible, which does not matter
  restorecon: 'echo "restorecon $*" >> ROOT/calls; exit 1',
  // before it reads its log, the script waits a second for `tee`, which also needs a moment here; other waits are for devices
  sleep: 'if [ "$1" = 1 ]; then exec /bin/sleep 0.3; fi',
  tee: '/bin/sleep 0.05; exec /usr/bin/tee "$@"',
  xfs_growfs: 'echo "xfs_growfs $*" >> ROOT/calls',
  resize2fs: 'echo "resize2fs $*" >> ROOT/calls',
  mountpoint: 'grep -q " $2$" ROOT/mounts',
  mount: 'tag="$(awk -v at="$1" \'$2 == at { print $1 }\' ROOT/etc/fstab)"; echo "$(blkid -o device -t "$tag" | head -n 1) $1" >> ROOT/mounts',
  findmnt: 'awk -v at="$5" \'$2 == at { print $1 }\' ROOT/mounts',
  // a list of devices with a tag: of the files, by the real blkid for each
  blkid: 'if [ "$1" = -p ]; then exec REAL_BLKID "$@"; fi; tag="${@: -1}"; for one in ROOT/dev/nvme*n1 ROOT/dev/xvd?; do '
    + 'if [ -e "$one" ] && [ ! -L "$one" ] && [ "$(REAL_BLKID -p -o value -s "${tag%%=*}" "$one")" = "${tag#*=}" ]; then echo "$one"; fi; done',
};

/** Whether this machine has the tools that the script calls. */
export const canRunScripts = ['/usr/sbin/mkfs.ext4', '/usr/sbin/blkid', '/usr/bin/python3'].every(existsSync);

/** The traces that a script has left. */
export interface Outcome {
  readonly status: number | null;
  readonly console: string;
  readonly calls: string[];
  readonly fstab: string[];
  readonly mounts: Record<string, string>;
  readonly output: string;
}

/** A root directory with files for devices, in which a builder script runs. */
export class BuilderMachine {
  public readonly root = mkdtempSync(path.join(tmpdir(), 'builder-'));

  public constructor() {
    for (const directory of ['bin', 'dev', 'etc', 'python', 'run/systemd/system', 'var/lib/cloud/instance', 'mnt']) {
      mkdirSync(path.join(this.root, directory), { recursive: true });
    }
    for (const file of ['calls', 'mounts', 'etc/fstab', 'etc/machine-id', 'dev/console']) {
      writeFileSync(path.join(this.root, file), '');
    }
    writeFileSync(path.join(this.root, 'python/sitecustomize.py'), IDENTIFY);
    for (const [name, body] of Object.entries(COMMANDS)) {
      this.addCommand(name, body);
    }
  }

  public addCommand(name: string, body: string): void {
    const file = path.join(this.root, 'bin', name);
    writeFileSync(file, `#!/bin/bash\n${body.replaceAll('ROOT', this.root).replaceAll('REAL_BLKID', '/usr/sbin/blkid')}\n`);
    chmodSync(file, 0o755);
  }

  /** A file in place of a device of 20 MiB; on Nitro it answers "identify controller" with its name. */
  public addDevice(file: string, identity?: { readonly name: string; readonly model?: string }): string {
    const device = path.join(this.root, 'dev', file);
    writeFileSync(device, '');
    truncateSync(device, 20 * 1024 * 1024);
    if (identity) {
      writeFileSync(`${device}.identify`, `${identity.model ?? 'Amazon Elastic Block Store'}\n${identity.name}`);
    }
    return device;
  }

  public addLink(file: string, target: string): void {
    symlinkSync(path.join(this.root, 'dev', target), path.join(this.root, 'dev', file));
  }

  public fileSystemOf(device: string): { type: string; label: string } {
    const value = (tag: string) => spawnSync('/usr/sbin/blkid', ['-p', '-o', 'value', '-s', tag, device], { encoding: 'utf8' }).stdout.trim();
    return { type: value('TYPE'), label: value('LABEL') };
  }

  /** Runs a script as cloud-init does. Its paths are those of the root directory, and files stand for block devices. */
  public run(script: string, environment: Record<string, string> = {}): Outcome {
    const file = path.join(this.root, 'var/lib/cloud/instance/part-001');
    const adapted = script.replace(/(?<!replace\()(["' ])\/(?!dev\/null)(etc|dev|run|var)\//g, `$1${this.root}/$2/`)
      .replaceAll('[ -b ', '[ -e ').replaceAll("'/mnt/", `'${this.root}/mnt/`).replace('seconds_to_wait=600', `seconds_to_wait=${environment.SECONDS_TO_WAIT ?? 0}`);
    writeFileSync(file, adapted);
    const { status, stdout, stderr } = spawnSync('bash', [file], {
      encoding: 'utf8',
      // a script that never ends fails the test, and not its run
      timeout: 20_000,
      killSignal: 'SIGKILL',
      env: { PATH: `${this.root}/bin:/usr/bin:/bin:${process.env.PATH}`, PYTHONPATH: `${this.root}/python`, ...environment },
    });
    return {
      status,
      output: stdout + stderr,
      console: this.read('dev/console'),
      calls: this.lines('calls'),
      fstab: this.lines('etc/fstab'),
      mounts: Object.fromEntries(this.lines('mounts').map(line => line.split(' ').reverse() as [string, string])),
    };
  }

  public read(file: string): string {
    const full = path.join(this.root, file);
    return existsSync(full) ? readFileSync(full, 'utf8').replaceAll(this.root, '') : '';
  }

  public dispose(): void {
    rmSync(this.root, { recursive: true });
  }

  private lines(file: string): string[] {
    return this.read(file).split('\n').filter(line => line !== '');
  }
}
