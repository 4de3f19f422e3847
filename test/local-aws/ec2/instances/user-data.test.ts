import { GetConsoleOutputCommand, RunInstancesCommandInput, StartInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { shutsDown } from '../../../../local-aws/ec2/instances/user-data';
import { describedInstance, run } from '../calls';
import { client, aws } from '../each-test';
import { account, region } from '../test-aws';

const SCRIPT = '#!/bin/bash\n# to be formatted\nmkfs -t xfs /dev/nvme1n1\nshutdown -h now\n';
const base64 = (text: string) => Buffer.from(text).toString('base64');

async function runScript(input: Partial<RunInstancesCommandInput> = {}): Promise<string> {
  return (await run({ UserData: base64(SCRIPT), ...input })).InstanceId!;
}

const stateOf = async (id: string) => (await describedInstance(id)).State?.Name;

async function consoleOf(InstanceId: string, Latest?: boolean): Promise<string | undefined> {
  const { Output } = await client.send(new GetConsoleOutputCommand({ InstanceId, Latest }));
  return Output === undefined ? undefined : Buffer.from(Output, 'base64').toString('utf8');
}

describe('user data', () => {
  test('with a shutdown stops the instance some time after its start', async () => {
    const id = await runScript();
    aws.clock.advance(12_000);
    expect(await stateOf(id)).toBe('running');
    aws.clock.advance(29_000);
    expect(await stateOf(id)).toBe('running');
    aws.clock.advance(1_000);
    expect(await stateOf(id)).toBe('stopping');
    aws.clock.advance(15_000);
    expect(await describedInstance(id)).toMatchObject({ State: { Name: 'stopped' }, StateReason: { Code: 'Client.InstanceInitiatedShutdown' } });
  });

  test('runs for the configured time', async () => {
    aws.ec2.settings.timing.userData = 10 * 60_000;
    const id = await runScript();
    aws.pass(9);
    expect(await stateOf(id)).toBe('running');
    aws.pass(2);
    expect(await stateOf(id)).toBe('stopped');
  });

  test('terminates an instance whose shutdown behavior is terminate', async () => {
    const id = await runScript({ InstanceInitiatedShutdownBehavior: 'terminate' });
    aws.pass(2);
    expect(await stateOf(id)).toBe('terminated');
    expect(aws.ec2.counts()).toMatchObject({ instances: 0, volumes: 0 });
  });

  test('without a shutdown leaves the instance running', async () => {
    const id = await runScript({ UserData: base64('#!/bin/bash\nyum install -y nginx\n') });
    aws.pass(600);
    expect(await stateOf(id)).toBe('running');
  });

  test('has the configured outcome', async () => {
    Object.assign(aws.ec2.settings.userData, { console: ['mkfs: failed'], shutsDown: false });
    const id = await runScript();
    aws.clock.advance(41_000);
    expect(await consoleOf(id, true)).not.toContain('mkfs');
    aws.pass(600);
    expect(await stateOf(id)).toBe('running');
    expect(await consoleOf(id)).toMatch(/\r\nmkfs: failed\r\n$/);
  });

  test('is not on the console of an instance without any, which says what it runs', async () => {
    const linux = (await run()).InstanceId!;
    const windows = (await run({ ImageId: aws.ec2.seedImage('windows-2025').id })).InstanceId!;
    aws.pass(5);
    expect(await consoleOf(linux)).toMatch(/ Linux version .* login:\r\n$/s);
    expect(await consoleOf(windows)).toContain('Windows is Ready to use');
  });

  test('does not run without instance metadata', async () => {
    const id = await runScript({ MetadataOptions: { HttpEndpoint: 'disabled' } });
    aws.pass(600);
    expect(await stateOf(id)).toBe('running');
    expect(await consoleOf(id)).not.toContain('mkfs');
  });

  test('runs at the first boot only', async () => {
    const id = await runScript();
    aws.pass(2);
    await client.send(new StartInstancesCommand({ InstanceIds: [id] }));
    aws.pass(600);
    expect(await stateOf(id)).toBe('running');
  });

  test('has no effect on an instance that is terminated meanwhile', async () => {
    const id = await runScript();
    aws.clock.advance(15_000);
    await client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    aws.pass(5);
    expect(await describedInstance(id)).toMatchObject({ State: { Name: 'terminated' }, StateReason: { Code: 'Client.UserInitiatedShutdown' } });
  });

  test('must be base64 of at most 16 KB', async () => {
    await expect(runScript({ UserData: '#!/bin/bash' })).rejects.toThrow('Invalid BASE64 encoding of user data.');
    await runScript({ UserData: base64('x'.repeat(16 * 1024)) });
    await expect(runScript({ UserData: base64('x'.repeat(16 * 1024 + 1)) })).rejects.toThrow('User data is limited to 16384 bytes');
  });

  test.each([
    ['shutdown -h now', true],
    ['sudo /sbin/shutdown -P +1', true],
    ['shutdown now', true],
    ['systemctl poweroff', true],
    ['<powershell>\nStop-Computer -Force\n</powershell>', true],
    ['<script>shutdown /s /t 0</script>', true],
    ['#cloud-config\npower_state:\n  mode: poweroff', true],
    ['shutdown -r now', false],
    ['systemctl mask --runtime poweroff.target halt.target', false],
    ['# shutdown -h now', false],
    ['echo done', false],
  ])('%j shuts down: %s', (text, expected) => {
    expect(shutsDown(text)).toBe(expected);
  });
});

describe('the console output', () => {
  test('is empty at first, and later contains the boot and the user data', async () => {
    const id = await runScript();
    expect(await consoleOf(id, true)).toBeUndefined();
    aws.clock.advance(12_000);
    expect(await consoleOf(id, true)).toMatch(/^\[ +0\.000000\] Linux version .*\r\n.*Hostname set to <ip-172-31-.*\r\n.*modules:final.*\r\n.*\+ mkfs -t xfs \/dev\/nvme1n1\r\n$/);
    aws.clock.advance(30_000);
    expect(await consoleOf(id, true)).toMatch(/\+ shutdown -h now\r\n.*reboot: Power down\r\n$/);
  });

  test('is the last posted output, unless the request has Latest', async () => {
    const id = await runScript({ UserData: base64('#!/bin/bash\nsleep infinity\n') });
    aws.clock.advance(71_000);
    expect(await consoleOf(id)).toBeUndefined();
    expect(await consoleOf(id, true)).toContain('+ sleep infinity');
    aws.clock.advance(1_000);
    expect(await consoleOf(id)).toContain('+ sleep infinity');
  });

  test('is posted after a stop', async () => {
    const id = await runScript();
    aws.clock.advance(58_000);
    expect(await stateOf(id)).toBe('stopped');
    expect(await consoleOf(id)).toContain('Power down');
  });

  test('has no latest output on a type without the Nitro system', async () => {
    const id = await runScript({ InstanceType: 't2.micro' });
    await expect(consoleOf(id, true)).rejects.toMatchObject({ name: 'UnsupportedOperation' });
    aws.pass(5);
    expect(await consoleOf(id)).toContain('Linux version');
  });

  test('fails for an instance that does not exist', async () => {
    await expect(consoleOf('i-00000000000000001')).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' });
    await expect(consoleOf('i-x')).rejects.toMatchObject({ name: 'InvalidInstanceID.Malformed' });
  });

  test('is authorized with the instance and its tags', async () => {
    const id = await runScript({ TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'owner', Value: 'me' }] }] });
    const other = await runScript();
    const role = aws.clientOfRole([{
      Effect: 'Allow', Action: 'ec2:GetConsoleOutput', Resource: `arn:aws:ec2:${region}:${account}:instance/*`, Condition: { StringEquals: { 'aws:ResourceTag/owner': 'me' } },
    }]);
    await role.send(new GetConsoleOutputCommand({ InstanceId: id }));
    await expect(role.send(new GetConsoleOutputCommand({ InstanceId: other }))).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  });
});
