import { appWith, output } from './app';
import { commandOf, exampleOf, rowOf, says } from './page';
import type { Visitor } from './visitor';

/*
 * A platform engineer with compliance rules: an encrypted AMI from README, proof of its keys, sharing and publishing, the weekly refresh without a
 * change of code, and back again.
 */

const STACK = 'GoldenImage';
const PAGE_ID = 'ami-0ff8a91507f77f867';
const CONSUMER = '210987654321';
const PUBLIC_PARAMETER = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64';

const quickStart = exampleOf('README.md', "const stack = new Stack(app, 'GoldenImage')");
const weekly = exampleOf('docs/golden-image.md', "new CfnOutput(this, 'SourceImageId'");
const goingBack = exampleOf('docs/golden-image.md', `'us-east-1': '${PAGE_ID}'`);
const retained = exampleOf('docs/golden-image.md', 'RemovalPolicy.RETAIN');
rowOf('README.md', 'the ID of the AMI, such as');
says('README.md', 'The account needs nothing beyond `cdk bootstrap`.');
says('docs/golden-image.md', 'A new version behind an SSM parameter is no difference between templates, so `cdk diff` does not show it at all.');
says('docs/golden-image.md', 'put the old ID into the parameter');

const keysTable = commandOf('docs/check-it-yourself.md', 'ec2 describe-snapshots');
const ofImage = (text: string, imageId: string) => commandOf('docs/check-it-yourself.md', text, { [PAGE_ID]: imageId });
const readParameter = commandOf('docs/publishing.md', 'aws ssm get-parameter');
const listRetained = commandOf('docs/golden-image.md', 'sort_by(Images,&CreationDate)');
const deleteRetained = (imageId: string) => commandOf('docs/golden-image.md', '--delete-associated-snapshots', { 'ami-…': imageId });

export async function visitAsPlatformEngineer(visitor: Visitor): Promise<void> {
  const before = visitor.inventory();

  // README's quick start, as it is
  visitor.write(quickStart);
  const first = await visitor.deploy(STACK);
  expect(first.ImageId).toMatch(/^ami-/);
  expect((await visitor.destroy(STACK)).exitCode).toBe(0);
  expect(visitor.inventory()).toEqual(before);

  // shared and published: three commands prove the keys
  visitor.write(appWith(STACK, weekly, output('ImageId', 'golden.imageId') + output('KeyArn', 'key.keyArn')));
  const week1 = await visitor.deploy(STACK);
  expect(visitor.keysOf(week1.ImageId)).toEqual({ '/dev/xvda': week1.KeyArn });
  const devices = await visitor.shell(ofImage('Ebs.SnapshotId]"', week1.ImageId));
  const [snapshotId] = /snap-\w+/.exec(devices)!;
  expect(devices).toContain('/dev/xvda');
  const keys = await visitor.shell(keysTable.replaceAll(PAGE_ID, week1.ImageId));
  expect(keys).toMatch(new RegExp(`${snapshotId}.*True.*${week1.KeyArn}.*completed`));
  expect(await visitor.shell(ofImage('--attribute launchPermission', week1.ImageId))).toContain(CONSUMER);
  expect((await visitor.shell(readParameter)).trim()).toBe(week1.ImageId);

  // AWS publishes a new Amazon Linux: the same app, deployed again
  const newer = visitor.aws.ec2.addImage({ account: '137112412989', name: 'al2023-next', public: true, devices: [{ deviceName: '/dev/xvda', size: 8 }] });
  visitor.publish(PUBLIC_PARAMETER, newer.id);
  expect((await visitor.diff(STACK)).output).toContain('There were no differences');
  const week2 = await visitor.deploy(STACK);
  expect(week2.SourceImageId).toBe(newer.id);
  expect(week2.SourceImageId).not.toBe(week1.SourceImageId);
  expect((await visitor.shell(readParameter)).trim()).toBe(week2.ImageId);
  expect(visitor.hasImage(week1.ImageId)).toBe(false);
  expect(await visitor.shell(ofImage('--attribute launchPermission', week2.ImageId))).toContain(CONSUMER);

  // back to the source of last week, whose ID is in the output of that deployment
  visitor.write(appWith(STACK, goingBack.replace(PAGE_ID, week1.SourceImageId), output('ImageId', "(this.node.findChild('Golden') as EncryptedAmiCopy).imageId")));
  const back = await visitor.deploy(STACK);
  expect(visitor.aws.ec2.image(back.ImageId)!.name).toMatch(/^golden\/al2023-/);

  // old AMIs that others need are kept, listed, and deleted by hand
  visitor.write(appWith(STACK, retained, output('ImageId', "(this.node.findChild('Golden') as EncryptedAmiCopy).imageId")));
  const kept = await visitor.deploy(STACK);
  expect((await visitor.destroy(STACK)).exitCode).toBe(0);
  expect(await visitor.shell(listRetained)).toContain(kept.ImageId);
  await visitor.shell(deleteRetained(kept.ImageId));
  expect(visitor.inventory()).toEqual(before);
}
