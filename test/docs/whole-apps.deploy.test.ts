import { execFile } from 'child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { promisify } from 'util';
import { DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { PAGES, ROOT, snippetsOf } from './pages';
import { arnOf } from '../../local-aws/kms/key';
import { LocalAws } from '../../local-aws/local-aws';
import { inventoryOf } from '../examples/account-inventory';

/* The whole apps of the documentation, deployed, read back and destroyed: that of README, and the new side of each page of docs/moving-here/. */

const CONSUMER = '210987654321';
const IMAGE = 'ami-0ff8a91507f77f867';

interface Case {
  readonly given?: () => void;
  readonly shared?: boolean;
  readonly deployed?: (imageId: string) => void | Promise<void>;
}

const CASES: Readonly<Record<string, Case>> = {
  'README': {},
  'terraform': {
    given: () => void aws.ec2.addImage({ id: IMAGE, name: 'source', devices: [{ deviceName: '/dev/xvda' }] }),
    shared: true,
    deployed: async imageId => expect(await tagsOf(imageId)).toContainEqual({ Key: 'team', Value: 'platform' }),
  },
  'packer': { shared: true, deployed: imageId => expect(aws.ec2.image(imageId)!.name).toMatch(/^golden-/) },
  'image-builder': {
    given: () => {
      const { id } = aws.ec2.addImage({ name: 'built', devices: [{ deviceName: '/dev/xvda' }] });
      aws.ssm.put(aws, { name: '/image-builder/golden', value: id, type: 'String', dataType: 'aws:ec2:image' });
    },
    shared: true,
  },
  'aws-custom-resource': {},
  'scripts': {
    given: () => void aws.ec2.addImage({ region: 'eu-west-1', id: IMAGE, name: 'source', devices: [{ deviceName: '/dev/xvda' }] }),
    shared: true,
    deployed: imageId => expect(aws.ssm.value(aws, '/golden/al2023')).toBe(imageId),
  },
};

let aws: LocalAws;
beforeAll(async () => { aws = await LocalAws.start({ speed: 240 }); });
afterEach(() => aws.reset());
afterAll(() => aws?.stop());

const apps = PAGES.flatMap(page => snippetsOf(page).filter(({ words }) => words.includes('nofixture')).map(({ code }) => [nameOf(page.path), code] as const));

/** `terraform` of `docs/moving-here/terraform.md`. */
function nameOf(path: string): string {
  return path.replace(/^.*\/|\.md$/g, '');
}

test('every app is tested, and every page has one', () => {
  expect(apps.map(([name]) => name).sort()).toEqual(Object.keys(CASES).sort());
  const pages = PAGES.map(({ path }) => path).filter(path => path.startsWith('docs/moving-here/') && !path.endsWith('README.md')).map(nameOf);
  expect(Object.keys(CASES)).toEqual(expect.arrayContaining(pages));
});

test.each(apps)('%s: the app is deployed, and destroyed without leaving anything', async (name, code) => {
  const { given, shared, deployed } = CASES[name];
  given?.();
  const before = inventoryOf(aws);
  const { assembly, dispose } = await synthesize(code);
  try {
    const { stacks: [{ stackName, template }], directory: assetDirectory } = assembly;

    const { failures, outputs: { ImageId }, unknownTypes } = await aws.deploy({ stackName, template: template as object, assetDirectory });
    expect({ failures, unknownTypes }).toEqual({ failures: [], unknownTypes: [] });
    const snapshots = aws.ec2.image(ImageId)!.devices.map(({ ebs }) => aws.ec2.snapshot(ebs!.snapshotId!)!);
    expect(snapshots).toMatchObject([{ encrypted: true, region: aws.region }]);
    expect(snapshots[0].kmsKeyId).not.toBe(arnOf(aws.kms.ebsKey()));
    const { key } = aws.kms.find(aws, snapshots[0].kmsKeyId!)!;
    expect(key.policy.includes(CONSUMER)).toBe(shared ?? false);
    expect(snapshots.map(({ createVolumePermissions }) => [...createVolumePermissions.users])).toEqual([shared ? [CONSUMER] : []]);
    await deployed?.(ImageId);

    expect((await aws.destroy(stackName)).failures).toEqual([]);
    expect(inventoryOf(aws)).toEqual(before);
  } finally {
    dispose();
  }
});

async function tagsOf(imageId: string) {
  const client = new EC2Client(aws.clientOptions());
  try {
    const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
    return Images![0].Tags;
  } finally {
    client.destroy();
  }
}

/** Runs the app as the command line would, in a folder with the packages of this project. */
async function synthesize(code: string): Promise<{ assembly: CloudAssembly; dispose: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'moving-here-'));
  const outdir = join(folder, 'cdk.out');
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'app.ts'), code);
  await promisify(execFile)(join(ROOT, 'node_modules', '.bin', 'tsx'), ['--tsconfig', join(ROOT, 'tsconfig.check.json'), 'app.ts'], {
    cwd: folder, env: { ...process.env, CDK_OUTDIR: outdir },
  });
  return { assembly: new CloudAssembly(outdir), dispose: () => rmSync(folder, { recursive: true, force: true }) };
}
