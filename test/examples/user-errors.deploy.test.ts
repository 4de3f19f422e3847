import { join } from 'path';
import { Inventory, retainedLogGroups } from './account-inventory';
import { ConsumerProject } from './consumer-project';
import { arnOf } from '../../local-aws/kms/key';
import { nightly } from '../setup/nightly';

/** The mistakes that everybody makes once: the command line itself shows what is wrong and what to do. */

let project: ConsumerProject;
let before: Inventory;
let source: string;

beforeAll(async () => {
  project = await ConsumerProject.start();
  source = project.aws.ec2.addImage({ name: 'golden' }).id;
  before = project.inventory();
}, 120_000);
afterAll(() => project?.stop());

/** The output of `cdk deploy` in one line, for terminals of every width; checks that nothing is left. */
async function refusal(context: Readonly<Record<string, string>>): Promise<string> {
  const cli = project.cli(join('test', 'examples', 'user-errors', 'app.ts'));
  const { exitCode, output } = await cli.deploy('--all', '--progress', 'events', ...Object.entries(context).flatMap(([name, value]) => ['-c', `${name}=${value}`]));
  expect(exitCode).not.toBe(0);
  expect(output).toContain('ROLLBACK_COMPLETE');
  for (const stack of project.stacks()) {
    expect((await project.aws.destroy(stack)).failures).toEqual([]);
  }
  expect(project.inventory()).toEqual(before);
  const sentence = output.replace(/\s+/g, ' ');
  // the first deployment has failed, and its log is there
  const logGroup = /The log is in the log group (\S+)\./.exec(sentence)![1];
  expect(retainedLogGroups(project.aws)[logGroup]).toEqual({ days: 30, isEmpty: false });
  return sentence;
}

test('a key that is disabled', async () => {
  const key = arnOf(project.aws.kms.addKey({ state: 'Disabled' }));

  expect(await refusal({ source, key })).toContain(`\`encryptionKey\` (${key}) is disabled. Enable it, or use another key.`);
}, 120_000);

nightly('the id of an image that is misspelt', async () => {
  const misspelt = source.replace(/.$/, last => last === '0' ? '1' : '0');

  expect(await refusal({ source: misspelt })).toMatch(new RegExp(`The source image ${misspelt} was not found in us-east-1\\. .* Check the ID and the Region, `));
}, 120_000);

nightly('an imageName that is taken', async () => {
  expect(await refusal({ source, name: 'golden' })).toContain(
    `The AMI name "golden" is in use by ${source}. Choose another \`imageName\`, or remove it.`);
}, 120_000);

test('an id that is not an id is refused before anything is deployed', async () => {
  const { exitCode, output } = await project.cli(join('test', 'examples', 'user-errors', 'app.ts')).deploy('--all', '-c', 'source=al2023');

  expect(exitCode).not.toBe(0);
  expect(output.replace(/\s+/g, ' ')).toContain('`sourceImage` must have an ID such as "ami-0ff8a91507f77f867", but has "al2023".');
  expect(project.stacks()).toEqual([]);
}, 120_000);
