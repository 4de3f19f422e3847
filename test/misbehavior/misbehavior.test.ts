import { ConstructCase, CONSTRUCTS } from './constructs';
import { runCell } from './direct-cell';
import { expectationOf, misbehaviorsOf } from './expectations';
import { Ec2 } from '../../local-aws/ec2/ec2';
import { MISBEHAVIORS, MisbehaviorName } from '../../local-aws/ec2/misbehavior/kinds';
import { DirectHandler } from '../helpers/direct-handler';
import { sample } from '../setup/nightly';

/** An EC2 that does not do what was requested, for every construct and method: a sentence, a correction or a warning, and nothing left behind. */

jest.setTimeout(60_000);

let handler: DirectHandler;
beforeEach(async () => { handler = await DirectHandler.start(); });
afterEach(() => handler.stop());

type Cell = readonly [MisbehaviorName, string, ConstructCase];

function cellsOf(names: readonly MisbehaviorName[], constructs: readonly ConstructCase[] = CONSTRUCTS): Cell[] {
  return names.flatMap(name => constructs.map((construct): Cell => [name, construct.name, construct]));
}

const named = (...names: string[]) => CONSTRUCTS.filter(({ name }) => names.includes(name));

/**
 * A cell for each place in the handler that compares. Of keys, a copy has several expectations, and a build compares those that were requested and the
 * others.
 */
const ALWAYS: readonly Cell[] = [
  ...cellsOf(['anotherKey']),
  ...cellsOf(['anotherKeyOnSecondDevice', 'anotherKeyOnLastDevice'], named('build from snapshots', 'build with an instance')),
  ...cellsOf(['architecture', 'deviceMissing'], named('copy with a key', 'build from snapshots', 'AMI of an instance')),
  ...cellsOf(['uefiDataLost'], named('copy with a key', 'build from snapshots')),
  ...cellsOf(['anotherZone', 'availableWithFailedSnapshot', 'imdsDropped', 'tagsDropped'], named('copy with a key')),
  ...cellsOf(['uefiDataChanged'], named('build with an instance')),
  ...cellsOf(['size', 'anotherSource'], named('AMI of an instance')),
  ...cellsOf(['iops'], named('build from snapshots')),
];
const OTHERS = cellsOf(Object.keys(MISBEHAVIORS) as MisbehaviorName[])
  .filter(([name, title]) => !ALWAYS.some(cell => cell[0] === name && cell[1] === title));

test.each([...ALWAYS, ...sample(OTHERS, 5)])('%s: %s', async (name, _title, construct) => {
  const { status, sentence, leavesForeignAmi, images = 1 } = expectationOf(name, construct);
  const result = await runCell(handler, construct, misbehaviorsOf(name));
  expect(result.reason).toMatch(sentence ?? /^$/);
  expect(result.status).toBe(status);
  if (status === 'SUCCESS') {
    expect(result.counts).toMatchObject({ images, volumes: 0, instances: 0 });
    expectCorrected(handler.aws.ec2, result.data.ImageId, construct);
  } else {
    expect(result.data).toEqual({});
    expect(result.counts).toMatchObject({ images: 0, volumes: 0, instances: 0, ...leavesForeignAmi ? { images: 1 } : { snapshots: 0 } });
  }
});

/** The description, the tags and the support of IMDS are as requested, whatever EC2 did. Instances have no support of IMDS to keep. */
function expectCorrected(ec2: Ec2, imageId: string, { name }: ConstructCase): void {
  const image = ec2.image(imageId)!;
  expect(image.description).not.toBe('something else');
  expect(ec2.tagsOf(image)).toMatchObject({ team: 'platform' });
  if (name !== 'AMI of an instance') {
    expect(image.imdsSupport).toBe('v2.0');
  }
}

test.each(sample(CONSTRUCTS.map(construct => [construct.name, construct] as const), 3))('an EC2 that does as requested: %s, without a warning', async (_name, construct) => {
  await expect(runCell(handler, construct, [])).resolves.toMatchObject({ status: 'SUCCESS', reason: '', counts: { images: 1, volumes: 0, instances: 0 } });
});
