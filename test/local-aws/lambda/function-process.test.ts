import { ChildProcess, spawn } from 'child_process';
import { FunctionProcess } from '../../../local-aws/lambda/function-process';
import { Clock } from '../../../local-aws/time/clock';

const invocation = {
  requestId: 'request', payload: '{}', functionName: 'f', functionArn: 'arn', memory: 128, logGroup: '/aws/lambda/f', timeout: 60,
};

function processOf(child: ChildProcess): FunctionProcess {
  return new FunctionProcess({
    start: () => child, environment: {}, url: '', logFormat: 'Text', logLevel: 'INFO', compiled: '', clock: new Clock(), minInvocationMs: 20_000, log: () => undefined,
  });
}

function startChild(): ChildProcess {
  return spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
}

describe('a function process', () => {
  test('ends with its exit, although a message could not be delivered before', async () => {
    const child = startChild();
    const running = processOf(child).invoke(invocation);

    child.emit('error', new Error('write EPIPE'));
    child.kill('SIGKILL');

    expect((await running).payload).toContain('Runtime exited with error: signal: SIGKILL');
  });

  test('ends at once if it has exited before', async () => {
    const child = startChild();
    child.kill('SIGKILL');
    await new Promise(resolve => child.once('exit', resolve));

    expect((await processOf(child).invoke(invocation)).payload).toContain('Runtime.ExitError');
  });
});
