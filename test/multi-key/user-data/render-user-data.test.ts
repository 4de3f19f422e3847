import { App, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { DeviceFileSystem, FileSystemType } from '../../../src/multi-key/file-systems/file-system-options';
import { renderUserData } from '../../../src/multi-key/user-data/render-user-data';

/** The user data of a builder instance: which parts the construct adds, which warnings it gives, and what it refuses. */

const { LINUX, WINDOWS, UNKNOWN } = ec2.OperatingSystemType;
const FILE_SYSTEM: DeviceFileSystem = { deviceName: '/dev/sdf', fileSystem: FileSystemType.EXT4 };
const CLOUD_CONFIG = '#cloud-config\npower_state: {mode: poweroff}';
const POWERSHELL = '<powershell>Stop-Computer</powershell>';
const [STAYS, SHUTS_DOWN] = ['cdk-encrypted-ami:userDataNotCleanedUp', 'cdk-encrypted-ami:userDataShutsDown'];

interface Builder {
  /** Undefined: no user data. */
  readonly script?: string;
  readonly cleanUp?: boolean;
  readonly fileSystems?: number;
  readonly osType?: ec2.OperatingSystemType;
}

function render({ script, cleanUp, fileSystems = 0, osType = LINUX }: Builder) {
  const scope = new Stack(new App(), 'Images');
  const userData = script === undefined ? undefined : ec2.UserData.custom(script);
  const text = renderUserData(scope, { userData, cleanUp }, Array<DeviceFileSystem>(fileSystems).fill(FILE_SYSTEM), osType);
  const warnings = scope.node.metadata.flatMap(({ data }) => /\[ack: (.*)\]$/.exec(data as string)?.[1] ?? []);
  return { text, warnings };
}

/** The parts of a script of the construct, in their order; the commands of the user are one. */
function partsOf(text: string): string[] {
  const begin = text.startsWith('#!/bin/bash\n# MultiKeyAmiBuilder: ') ? ['begin'] : [];
  const marks = text.matchAll(/\n(?:(prepare) '.*|cat > "\$self\.user-data" << '(?<end>END_OF_USER_DATA_*)'\n(?<own>[^]*?)\n\k<end>|(rm -rf) \/var\/lib\/cloud\/instance .*|(shutdown) -h now$)/g);
  return [...begin, ...[...marks].map(([, ...groups]) => groups.filter(one => one && !one.startsWith('END_OF'))[0])];
}

const SCRIPT = '#!/bin/bash\ntrue';

test.each<[string, Builder, string[]]>([
  ['a shell script', { script: SCRIPT }, ['begin', SCRIPT, 'rm -rf', 'shutdown']],
  ['a shell script with a clean-up', { script: SCRIPT, cleanUp: true }, ['begin', SCRIPT, 'rm -rf', 'shutdown']],
  ['a shell script with a file system', { script: SCRIPT, fileSystems: 1 }, ['begin', 'prepare', SCRIPT, 'rm -rf', 'shutdown']],
  ['a shell script with file systems and without the clean-up', { script: SCRIPT, cleanUp: false, fileSystems: 2 }, ['begin', 'prepare', 'prepare', SCRIPT, 'shutdown']],
  ['a shell script with one file system and without the clean-up', { script: SCRIPT, cleanUp: false, fileSystems: 1 }, ['begin', 'prepare', SCRIPT, 'shutdown']],
  ['a file system', { fileSystems: 1 }, ['begin', 'prepare', 'rm -rf', 'shutdown']],
  ['file systems with a clean-up', { fileSystems: 2, cleanUp: true }, ['begin', 'prepare', 'prepare', 'rm -rf', 'shutdown']],
  ['a file system without the clean-up', { fileSystems: 1, cleanUp: false }, ['begin', 'prepare', 'shutdown']],
  ['a script of sh, found by env', { script: '#! /usr/bin/env sh\ntrue' }, ['begin', '#! /usr/bin/env sh\ntrue', 'rm -rf', 'shutdown']],
  ['a script that contains the end of itself', { script: `${SCRIPT}\nEND_OF_USER_DATA\nx` }, ['begin', `${SCRIPT}\nEND_OF_USER_DATA\nx`, 'rm -rf', 'shutdown']],
])('%s is part of a script of the construct', (_title, builder, parts) => {
  const { text, warnings } = render(builder);
  expect(partsOf(text!)).toEqual(parts);
  expect(warnings).toEqual([]);
});

test.each(['shutdown -h now', 'shutdown -P +0', 'sudo shutdown -h now', 'poweroff', 'systemctl poweroff', '  halt -p\n'])('the shutdown of the construct replaces %j at the end', last => {
  const { text, warnings } = render({ script: `#!/bin/bash\ndnf install -y nginx\n${last}` });
  expect(partsOf(text!)).toEqual(['begin', '#!/bin/bash\ndnf install -y nginx', 'rm -rf', 'shutdown']);
  expect(text!.match(/(shutdown|poweroff|halt)\b(?!\.target)/g)).toHaveLength(1);
  expect(warnings).toEqual([]);
});

test.each<[string, Builder, string[]]>([
  ['a shell script without a clean-up', { script: `${SCRIPT}\nshutdown -h now`, cleanUp: false }, []],
  ['a cloud-config, which is warned about', { script: CLOUD_CONFIG }, [STAYS]],
  ['a script of Python, which is warned about', { script: '#!/usr/bin/python3\nprint(1)' }, [STAYS]],
  ['a cloud-config without a clean-up', { script: CLOUD_CONFIG, cleanUp: false }, []],
  ['a script of Windows', { script: POWERSHELL, osType: WINDOWS }, []],
  ['a shell script of an unknown operating system', { script: SCRIPT, osType: UNKNOWN }, []],
])('%s stays as it is', (_title, builder, warnings) => {
  expect(render(builder)).toEqual({ text: builder.script, warnings });
});

test('neither user data nor file systems are none', () => {
  expect(render({})).toEqual({ text: undefined, warnings: [] });
});

test.each([[['shutdown -h now', 'exit 0'], [SHUTS_DOWN]], [['# no shutdown', 'true'], []]])('a shutdown before the end of the script is warned about: %j', (commands, warnings) => {
  expect(render({ script: ['#!/bin/bash', ...commands].join('\n') }).warnings).toEqual(warnings);
});

test.each<[string, Builder, RegExp]>([
  ['a clean-up by a cloud-config', { script: CLOUD_CONFIG, cleanUp: true }, /^`cleanUp` requires `userData` that is a shell script of Linux/],
  ['a clean-up on Windows', { script: POWERSHELL, cleanUp: true, osType: WINDOWS }, /^`cleanUp` requires/],
  ['a file system beside a cloud-config', { script: CLOUD_CONFIG, fileSystems: 1 }, /^`fileSystem` requires `userData` that is a shell script of Linux/],
  ['file systems beside a cloud-config', { script: CLOUD_CONFIG, fileSystems: 2, cleanUp: false }, /^`fileSystem` requires/],
])('%s is refused', (_title, builder, sentence) => {
  expect(() => render(builder)).toThrow(sentence);
});
