import { readFileSync } from 'fs';
import { join } from 'path';
import { Inventory, inventoryOf, retainedLogGroups } from './account-inventory';
import { EXAMPLES, ExampleApp } from './apps';
import { CASES } from './cases';
import { ConsumerProject } from './consumer-project';
import { StackResult } from '../../local-aws/deployment';
import { LocalAws } from '../../local-aws/local-aws';
import { sample } from '../setup/nightly';

/**
 * Every example is deployed, read back and destroyed: in the nightly run all of them, else five. By the real command line as a reader would, where that has a part in it: the two that README
 * begins with, and one that it looks something up for. The others without it, which takes a third of the time.
 */

const BY_COMMAND_LINE = ['encrypted-copy', 'multi-key-ami', 'cross-region-copy'];
const OTHERS = EXAMPLES.filter(folder => !BY_COMMAND_LINE.includes(folder));

test('the examples are those that are known here, and those that examples/README.md lists', () => {
  const listed = [...readFileSync(join(__dirname, '..', '..', 'examples', 'README.md'), 'utf8').matchAll(/\]\(([\w-]+)\/app\.ts\)/g)].map(([, folder]) => folder);
  expect(EXAMPLES).toEqual(Object.keys(CASES).sort());
  expect(EXAMPLES).toEqual(listed.sort());
});

describe('by the command line', () => {
  let project: ConsumerProject;
  beforeAll(async () => { project = await ConsumerProject.start(); }, 120_000);
  afterAll(() => project?.stop());

  test.each(sample(BY_COMMAND_LINE, 1))('%s is deployed, and destroyed without leaving anything', async folder => {
    const { given, deployed, replacedBy = [] } = CASES[folder];
    const { aws } = project;
    given?.(aws);
    const before = project.inventory();
    const cli = project.cli(`examples/${folder}/app.ts`);

    // WHEN it is deployed
    const first = await cli.deploy('--all', '--progress', 'events');
    expect({ exitCode: first.exitCode, output: first.exitCode === 0 ? '' : first.output }).toEqual({ exitCode: 0, output: '' });
    // THEN it is what it says
    let { ImageId } = project.outputs();
    await deployed(aws, project.outputs(), {});
    expect(project.unknownTypes()).toEqual([]);

    for (const context of replacedBy) {
      // WHEN a property changes that requires replacement
      const updated = await cli.deploy('--all', '--progress', 'events', ...Object.entries(context).flatMap(entry => ['-c', entry.join('=')]));
      expect({ exitCode: updated.exitCode, output: updated.exitCode === 0 ? '' : updated.output }).toEqual({ exitCode: 0, output: '' });
      // THEN it is another image, and the old one is gone
      expectReplaced(aws, ImageId, project.outputs().ImageId);
      await deployed(aws, project.outputs(), context);
      ({ ImageId } = project.outputs());
    }

    // WHEN it is destroyed
    const destroyed = await project.destroy(cli);
    // THEN everything is as before
    expect({ exitCode: destroyed.exitCode, output: destroyed.exitCode === 0 ? '' : destroyed.output }).toEqual({ exitCode: 0, output: '' });
    expect(project.inventory()).toEqual(before);
  }, 180_000);
});

describe('without the command line', () => {
  let aws: LocalAws;
  let before: Inventory;
  beforeAll(async () => { aws = await LocalAws.start({ speed: 240 }); });
  afterEach(() => aws.reset());
  afterAll(() => aws?.stop());

  test.each(sample(OTHERS, 3))('%s is deployed, and destroyed without leaving anything', async folder => {
    const { given, deployed, replacedBy = [], destroyed } = CASES[folder];
    given?.(aws);
    before = inventoryOf(aws);
    const app = new ExampleApp(aws, folder);
    try {
      // WHEN it is deployed
      const first = await app.deploy();
      // THEN it is what it says
      expect(outcomeOf(first)).toEqual({ status: 'CREATE_COMPLETE', failures: [], unknownTypes: [] });
      await deployed(aws, first.outputs, {});

      let { ImageId } = first.outputs;
      for (const context of replacedBy) {
        // WHEN a property changes that requires replacement
        const updated = await app.deploy(context);
        // THEN it is another image, and the old one is gone
        expect(outcomeOf(updated)).toEqual({ status: 'UPDATE_COMPLETE', failures: [], unknownTypes: [] });
        expectReplaced(aws, ImageId, updated.outputs.ImageId);
        await deployed(aws, updated.outputs, context);
        ({ ImageId } = updated.outputs);
      }

      // WHEN it is destroyed
      const { failures } = await app.destroy();
      // THEN everything is as before
      expect(failures).toEqual([]);
      expect(inventoryOf(aws)).toEqual(before);
      const logGroups = Object.values(retainedLogGroups(aws));
      expect(logGroups).toEqual(logGroups.map(() => ({ days: 30, isEmpty: false })));
      expect(logGroups).not.toEqual([]);
      destroyed?.(aws);
    } finally {
      app.dispose();
    }
  });
});

function outcomeOf({ status, failures, unknownTypes }: StackResult): Pick<StackResult, 'status' | 'failures' | 'unknownTypes'> {
  return { status, failures, unknownTypes };
}

function expectReplaced({ ec2 }: LocalAws, oldId: string, newId: string): void {
  expect(newId).not.toBe(oldId);
  expect(ec2.image(oldId)?.state ?? 'deregistered').toBe('deregistered');
}
