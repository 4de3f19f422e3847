import { join } from 'path';
import { CdkCli } from '../../../local-aws/cdk-cli';
import { LocalAws } from '../../../local-aws/local-aws';
import { nightly } from '../../setup/nightly';

const ACCOUNT = '123456789012';
const REGION = 'us-east-1';
const ENVIRONMENT = { account: ACCOUNT, region: REGION };

let aws: LocalAws;
let cli: CdkCli;
const shown: string[] = [];

beforeAll(async () => {
  aws = await LocalAws.start({ speed: 60 });
  const root = join(__dirname, '..', '..', '..');
  const app = `${join('node_modules', '.bin', 'tsx')} ${join('test', 'local-aws', 'cdk-cli', 'app', 'app.ts')}`;
  cli = new CdkCli({ environment: aws.environment(), app, directory: root, onOutput: text => shown.push(text) });
  expect(await cli.bootstrap(ACCOUNT, REGION)).toMatchObject({ exitCode: 0 });
}, 120_000);

afterAll(async () => {
  cli?.dispose();
  await aws?.stop();
});

/** The resources of the stack in the account. */
function left(): object {
  const stacks = aws.cloudFormation.listStacks(ENVIRONMENT, {}).StackSummaries!.filter(stack => stack.StackStatus !== 'DELETE_COMPLETE');
  return {
    stacks: stacks.map(stack => stack.StackName),
    roles: aws.iam.roleArns().filter(arn => arn.includes('/Small-')),
  };
}

test('the command line bootstraps, deploys, compares and destroys a stack', async () => {
  // WHEN it deploys
  const deployed = await cli.deploy('Small', '--progress', 'events');
  // THEN it shows its own progress and the outputs
  expect(deployed.output).toMatch(/CREATE_COMPLETE +\| AWS::KMS::Key/);
  expect(deployed.output).toMatch(/CREATE_COMPLETE +\| Custom::Thing/);
  expect(deployed.output).toContain('Small.ThingName = first');
  expect(deployed.output).toContain('Small.ThingKeyState = Enabled');
  expect(deployed.exitCode).toBe(0);
  expect(shown.join('')).toContain(deployed.output);

  // WHEN nothing was changed, THEN it says so
  const assembled = new CdkCli({ environment: aws.environment(), app: cli.assembly });
  const compared = await assembled.diff('Small', '--fail');
  expect(compared.output).toContain('There were no differences');
  expect(compared.exitCode).toBe(0);
  const again = await assembled.deploy('Small');
  expect(again.output).toContain('(no changes)');
  expect(again.exitCode).toBe(0);

  // WHEN it destroys, THEN nothing is left but what bootstrapping made
  const destroyed = await assembled.destroy('Small');
  assembled.dispose();
  expect(destroyed.output).toContain('Small: destroyed');
  expect(destroyed.exitCode).toBe(0);
  expect(left()).toEqual({ stacks: ['CDKToolkit'], roles: [] });
}, 180_000);

nightly('a change is shown, and the old thing is deleted after the new one was made', async () => {
  expect((await cli.deploy('Small')).exitCode).toBe(0);
  const changed = await cli.diff('Small', '--fail', '-c', 'name=second');
  expect(changed.output).toMatch(/\[-\] first\s+.*\[\+\] second/);
  expect(changed.exitCode).toBe(1);
  const replaced = await cli.deploy('Small', '-c', 'name=second', '--progress', 'events');
  expect(replaced.output).toContain('Small.ThingName = second');
  expect(replaced.output).toMatch(/UPDATE_COMPLETE_CLEA.*AWS::CloudFormation::Stack/);
  expect(replaced.output).toMatch(/DELETE_COMPLETE +\| Custom::Thing/);
  expect(replaced.exitCode).toBe(0);
  expect(await cli.destroy('Small')).toMatchObject({ exitCode: 0 });
}, 180_000);

test('a command line that is still running ends when it is disposed', async () => {
  const other = new CdkCli({ environment: aws.environment() });
  const running = other.run(['--version'], false);
  other.dispose();
  expect((await running).exitCode).toBe(128);
});

nightly('a failed deployment prints the reason, returns a nonzero exit code and leaves no resources', async () => {
  const failed = await cli.deploy('Small', '-c', 'fail=no-space-left');
  expect(failed.exitCode).toBe(1);
  expect(failed.output).toContain('Received response status [FAILED] from custom resource. Message returned: no-space-left');
  expect(failed.output).toMatch(/ROLLBACK_COMPLETE/);

  expect(await cli.destroy('Small')).toMatchObject({ exitCode: 0 });
  expect(left()).toEqual({ stacks: ['CDKToolkit'], roles: [] });
}, 180_000);
