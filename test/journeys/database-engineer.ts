import { appWith, output } from './app';
import { exampleOf, says } from './page';
import type { Visitor } from './visitor';

/*
 * A database engineer: a root, data and logs with a key each, in isolated subnets, formatted and mounted. A server launched from the AMI has the keys;
 * volumes change and go.
 */

const PAGE = 'docs/multi-key.md';
const STACK = 'Database';

const recipe = exampleOf('README.md', "new MultiKeyAmiBuilder(this, 'Ami'");
const devices = exampleOf(PAGE, "{ deviceName: '/dev/sdh', mappingEnabled: false }");
const mounted = exampleOf(PAGE, "mountPoint: '/logs'");
says(PAGE, 'It runs in isolated subnets without NAT gateway or endpoint.');
says(PAGE, 'Devices without an entry stay as they are.');

const SERVER = `new ec2.Instance(this, 'Server', { vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  instanceType: new ec2.InstanceType('t3.micro'), machineImage: this.node.findChild('Ami') as MultiKeyAmiBuilder });\n`;
const imageOf = (id: string) => output('ImageId', `(this.node.findChild('${id}') as MultiKeyAmiBuilder).imageId`);
const keyOutputs = (...names: string[]) => names.map(name => output(`${name}Arn`, `${name}.keyArn`)).join('');

export async function visitAsDatabaseEngineer(visitor: Visitor): Promise<void> {
  const before = visitor.inventory();

  // README's recipe, and a server from it
  const golden = "new EncryptedAmiCopy(this, 'Golden', { sourceImage: ec2.MachineImage.latestAmazonLinux2023(), encryptionKey: systemKey })";
  const late = recipe.replace(/^(declare const golden: .*\n)((?:declare .*\n)*)/m, '$2$1');
  visitor.write(appWith(STACK, late, SERVER + imageOf('Ami') + keyOutputs('systemKey', 'databaseKey'), { golden }));
  const first = await visitor.deploy(STACK);
  const keys = { '/dev/xvda': first.systemKeyArn, '/dev/sdf': first.databaseKeyArn };
  expect(visitor.keysOf(first.ImageId)).toEqual(keys);
  const volumes = await visitor.shell('aws ec2 describe-volumes --query "Volumes[].[Attachments[0].Device,KmsKeyId]" --output text');
  expect(Object.fromEntries(volumes.trim().split('\n').map(line => line.split('\t')))).toEqual(keys);

  // a larger volume replaces the AMI and the server
  visitor.write(appWith(STACK, late.replace('Size.gibibytes(100)', 'Size.gibibytes(200)'), SERVER + imageOf('Ami') + keyOutputs('systemKey', 'databaseKey'), { golden }));
  const larger = await visitor.deploy(STACK);
  expect(larger.ImageId).not.toBe(first.ImageId);
  expect(visitor.hasImage(first.ImageId)).toBe(false);
  expect((await visitor.destroy(STACK)).exitCode).toBe(0);
  expect(visitor.inventory()).toEqual(before);

  // a source of one's own: its devices with other keys, a new one, and one left out
  const { keyId } = visitor.aws.kms.addKey();
  const oldArn = `arn:aws:kms:${visitor.aws.region}:${visitor.aws.account}:key/${keyId}`;
  const source = visitor.aws.ec2.addImage({
    name: 'own', devices: ['/dev/xvda', '/dev/sdf', '/dev/sdh'].map(deviceName => ({ deviceName, size: 20, kmsKeyId: oldArn })),
  });
  const beforeSource = visitor.inventory();
  visitor.write(appWith(STACK, devices, imageOf('Ami') + keyOutputs('systemKey', 'databaseKey', 'logsKey'), {
    golden: `ec2.MachineImage.genericLinux({ '${visitor.aws.region}': '${source.id}' })`, oldKey: `kms.Key.fromKeyArn(this, 'OldKey', '${oldArn}')`,
  }));
  const rekeyed = await visitor.deploy(STACK);
  expect(visitor.aws.ec2.image(rekeyed.ImageId)!.devices.map(({ deviceName, ebs }) => [deviceName, ebs?.size])).toEqual([
    ['/dev/xvda', 30], ['/dev/sdf', 20], ['/dev/sdg', 500],
  ]);
  expect(visitor.keysOf(rekeyed.ImageId)).toEqual({
    '/dev/xvda': rekeyed.systemKeyArn, '/dev/sdf': rekeyed.databaseKeyArn, '/dev/sdg': rekeyed.logsKeyArn,
  });
  expect((await visitor.destroy(STACK)).exitCode).toBe(0);

  // two volumes with file systems, mounted
  visitor.write(appWith(STACK, mounted, imageOf('Database') + keyOutputs('databaseKey', 'logsKey')));
  const built = await visitor.deploy(STACK);
  expect(visitor.keysOf(built.ImageId)).toMatchObject({ '/dev/sdf': built.databaseKeyArn, '/dev/sdg': built.logsKeyArn });
  expect((await visitor.destroy(STACK)).exitCode).toBe(0);
  expect(visitor.inventory()).toEqual(beforeSource);
}
