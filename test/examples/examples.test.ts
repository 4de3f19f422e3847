import { existsSync, readdirSync } from 'fs';
import { join } from 'path';
import { Inventory, Stranger } from './stranger';

/** Every example is deployed and destroyed by the real command line, as a reader would. */

const EXAMPLES = join(__dirname, '..', '..', 'examples');
const FOLDERS = readdirSync(EXAMPLES).filter(folder => existsSync(join(EXAMPLES, folder, 'app.ts')));

/** What replaces the image, where an example says that there is something. */
const REPLACED_BY: Readonly<Record<string, string>> = { 'encrypted-copy': 'key=2', 'instance-image': 'version=2' };

let stranger: Stranger;
let before: Inventory;

beforeAll(async () => {
  stranger = await Stranger.start();
  before = stranger.inventory();
}, 120_000);
afterAll(() => stranger?.stop());

test('there are examples', () => expect(FOLDERS).toEqual(expect.arrayContaining(Object.keys(REPLACED_BY))));

test.each(FOLDERS)('%s is deployed, and destroyed without leaving anything', async folder => {
  const cli = stranger.cli(join('examples', folder, 'app.ts'));

  // WHEN it is deployed
  const deployed = await cli.deploy('--all', '--progress', 'events');
  expect({ exitCode: deployed.exitCode, output: deployed.exitCode === 0 ? '' : deployed.output }).toEqual({ exitCode: 0, output: '' });
  // THEN its image is there
  const imageId = stranger.output('ImageId')!;
  expect(stranger.aws.ec2.image(imageId)).toMatchObject({ state: 'available', seeded: false });
  expect(stranger.unknownTypes()).toEqual([]);

  if (folder in REPLACED_BY) {
    // WHEN something changes that the image is made of
    const updated = await cli.deploy('--all', '--progress', 'events', '-c', REPLACED_BY[folder]);
    expect({ exitCode: updated.exitCode, output: updated.exitCode === 0 ? '' : updated.output }).toEqual({ exitCode: 0, output: '' });
    // THEN it is another image, and the old one is gone
    const replacement = stranger.output('ImageId')!;
    expect(replacement).not.toBe(imageId);
    expect(stranger.aws.ec2.image(replacement)).toMatchObject({ state: 'available' });
    expect(stranger.aws.ec2.image(imageId)?.state ?? 'deregistered').toBe('deregistered');
  }

  // WHEN it is destroyed
  const destroyed = await stranger.destroy(cli);
  // THEN everything is as before
  expect({ exitCode: destroyed.exitCode, output: destroyed.exitCode === 0 ? '' : destroyed.output }).toEqual({ exitCode: 0, output: '' });
  expect(stranger.inventory()).toEqual(before);
}, 180_000);
