import { CopyImageCommand, DescribeImagesCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { client, aws } from '../each-test';
import { account, region, otherAccount } from '../test-aws';

/** Allowed AMIs: other accounts' images that an account does not allow are not there for it, its own always are. */

let images: Record<'own' | 'theirs' | 'another' | 'amazons', string>;

beforeEach(async () => {
  images = {
    own: aws.ec2.addImage({ name: 'own' }).id,
    theirs: aws.ec2.addImage({ name: 'theirs', account: otherAccount, public: true }).id,
    another: aws.ec2.addImage({ name: 'another', account: '333333333333', public: true }).id,
    amazons: aws.ec2.seedImage('al2023-x86_64').id,
  };
});

/** Which of the images an account can use, by each way of asking EC2 for them. */
async function usable(by = client): Promise<Record<string, string[]>> {
  const works = async (call: (ImageId: string) => Promise<unknown>) => {
    const names: string[] = [];
    for (const [name, id] of Object.entries(images)) {
      try {
        await call(id);
        names.push(name);
      } catch (error) {
        expect(error).toMatchObject({ name: 'InvalidAMIID.NotFound' });
      }
    }
    return names;
  };
  const { Images = [] } = await by.send(new DescribeImagesCommand({}));
  return {
    listed: Object.entries(images).filter(([, id]) => Images.some(({ ImageId }) => ImageId === id)).map(([name]) => name),
    described: await works(id => by.send(new DescribeImagesCommand({ ImageIds: [id] }))),
    copied: await works(id => by.send(new CopyImageCommand({ Name: `copy of ${id}`, SourceRegion: region, SourceImageId: id }))),
    launched: await works(id => by.send(new RunInstancesCommand({ ImageId: id, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }))),
  };
}

const everywhere = (...names: string[]) => ({ listed: names, described: names, copied: names, launched: names });

test.each([
  ['nothing is set', undefined, ['own', 'theirs', 'another', 'amazons']],
  ['an alias is allowed', ['amazon'], ['own', 'amazons']],
  ['an account is allowed', [otherAccount], ['own', 'theirs']],
  ['nobody is allowed', [], ['own']],
])('%s', async (_title, owners, seen) => {
  aws.ec2.settings.limits.allowedImageOwners = owners;
  expect(await usable()).toEqual(everywhere(...seen));
});

test('applies to images that are shared with the account', async () => {
  const shared = aws.ec2.addImage({ name: 'shared', account: otherAccount });
  aws.ec2.shareImage(shared, account);
  images = { ...images, theirs: shared.id };
  aws.ec2.settings.limits.allowedImageOwners = ['amazon'];
  expect((await usable()).described).toEqual(['own', 'amazons']);
});
