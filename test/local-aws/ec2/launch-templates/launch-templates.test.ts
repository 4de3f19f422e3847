import {
  CreateLaunchTemplateCommand, CreateLaunchTemplateCommandInput, CreateLaunchTemplateVersionCommand, DeleteLaunchTemplateCommand,
  DeleteLaunchTemplateVersionsCommand, DescribeLaunchTemplatesCommand, DescribeLaunchTemplateVersionsCommand, ModifyLaunchTemplateCommand,
} from '@aws-sdk/client-ec2';
import { aws, client } from '../each-test';
import { account, otherAccount } from '../test-aws';

const LaunchTemplateData = { InstanceType: 't3.micro' as const };
const create = async (input: Partial<CreateLaunchTemplateCommandInput> = {}) =>
  (await client.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'web', LaunchTemplateData, ...input }))).LaunchTemplate!;

test('a launch template is described as it was created', async () => {
  const tag = { Key: 'team', Value: 'web' };
  const created = await create({ VersionDescription: 'first', TagSpecifications: [{ ResourceType: 'launch-template', Tags: [tag] }] });
  expect(created).toMatchObject({
    LaunchTemplateId: expect.stringMatching(/^lt-0[0-9a-f]{16}$/),
    LaunchTemplateName: 'web',
    DefaultVersionNumber: 1,
    LatestVersionNumber: 1,
    Tags: [tag],
    CreatedBy: `arn:aws:iam::${account}:user/administrator`,
  });
  for (const input of [{ LaunchTemplateIds: [created.LaunchTemplateId!] }, { LaunchTemplateNames: ['web'] }, {}, { Filters: [{ Name: 'tag:team', Values: ['web'] }] }]) {
    expect((await client.send(new DescribeLaunchTemplatesCommand(input))).LaunchTemplates).toEqual([created]);
  }
  expect((await aws.client(otherAccount).send(new DescribeLaunchTemplatesCommand({}))).LaunchTemplates).toEqual([]);
  const { LaunchTemplateVersions } = await client.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: 'web' }));
  expect(LaunchTemplateVersions).toMatchObject([{ VersionNumber: 1, VersionDescription: 'first', DefaultVersion: true, LaunchTemplateData }]);
});

test.each<[string, Partial<CreateLaunchTemplateCommandInput>, string, string]>([
  ['a name that is taken', { LaunchTemplateName: 'taken' }, 'InvalidLaunchTemplateName.AlreadyExistsException', 'Launch template name already in use.'],
  ['a name that is too short', { LaunchTemplateName: 'a' }, 'InvalidLaunchTemplateName.MalformedException', 'A launch template name must be between 3 and 128 characters'],
  ['no data', { LaunchTemplateData: {} }, 'MissingParameter', 'LaunchTemplateData'],
  ['a parameter that is no image', { LaunchTemplateData: { ImageId: 'resolve:ssm:none' } }, 'SsmInvalidParameter', 'The following aliases are invalid: resolve:ssm:none'],
])('refuses %s', async (_what, input, name, message) => {
  await create({ LaunchTemplateName: 'taken' });
  await expect(create(input)).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
});

test('a client token creates one template', async () => {
  const first = await create({ ClientToken: 'token' });
  expect(await create({ ClientToken: 'token' })).toEqual(first);
  await expect(create({ ClientToken: 'token', VersionDescription: 'other' })).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
});

describe('versions', () => {
  const version = async (input: object) => (await client.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateName: 'web', LaunchTemplateData: {}, ...input }))).LaunchTemplateVersion!;
  const described = async (...Versions: string[]) =>
    (await client.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: 'web', Versions }))).LaunchTemplateVersions!;

  beforeEach(() => create());

  test('have numbers, and the parameters of their source version', async () => {
    expect(await version({ LaunchTemplateData: { KeyName: 'admin' } })).toMatchObject({ VersionNumber: 2, DefaultVersion: false, LaunchTemplateData: { KeyName: 'admin' } });
    expect((await version({ SourceVersion: '1', LaunchTemplateData: { KeyName: 'admin' } })).LaunchTemplateData).toMatchObject({ InstanceType: 't3.micro', KeyName: 'admin' });
    const repeated = { ClientToken: 'version', LaunchTemplateData };
    expect(await version(repeated)).toEqual(await version(repeated));
    await client.send(new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateName: 'web', Versions: ['$Latest'] }));
    expect((await described()).map(one => one.VersionNumber)).toEqual([3, 2, 1]);
  });

  test('are described by numbers, $Latest and $Default', async () => {
    await version({ LaunchTemplateData });
    await version({ LaunchTemplateData });
    expect((await described('$Latest', '$Default')).map(one => one.VersionNumber)).toEqual([3, 1]);
    expect((await described()).map(one => one.VersionNumber)).toEqual([3, 2, 1]);
    await expect(described('9')).rejects.toMatchObject({
      name: 'InvalidLaunchTemplateId.VersionNotFound', message: expect.stringMatching(/^Could not find the specified version 9 for the launch template with ID lt-\w+\.$/),
    });
  });

  test('the default one can be changed, and then the first be deleted; its number is not used again', async () => {
    const remove = (...Versions: string[]) => client.send(new DeleteLaunchTemplateVersionsCommand({ LaunchTemplateName: 'web', Versions }));
    await version({ LaunchTemplateData });
    await expect(remove('1', '2')).rejects.toMatchObject({ name: 'InvalidParameterValue', message: expect.stringContaining('The default version cannot be deleted.') });
    await expect(remove('0')).rejects.toMatchObject({ message: 'Invalid value for version: 0' });
    expect((await client.send(new ModifyLaunchTemplateCommand({ LaunchTemplateName: 'web', DefaultVersion: '2' }))).LaunchTemplate).toMatchObject({ DefaultVersionNumber: 2 });
    expect(await remove('1', '9')).toMatchObject({
      SuccessfullyDeletedLaunchTemplateVersions: [{ VersionNumber: 1 }],
      UnsuccessfullyDeletedLaunchTemplateVersions: [{ VersionNumber: 9, ResponseError: { Code: 'launchTemplateVersionDoesNotExist' } }],
    });
    expect(await version({ LaunchTemplateData })).toMatchObject({ VersionNumber: 3 });
  });

  test('of all templates are described by $Latest and $Default only', async () => {
    const { LaunchTemplateVersions } = await client.send(new DescribeLaunchTemplateVersionsCommand({ Versions: ['$Latest'] }));
    expect(LaunchTemplateVersions).toMatchObject([{ LaunchTemplateName: 'web', VersionNumber: 1 }]);
    await expect(client.send(new DescribeLaunchTemplateVersionsCommand({}))).rejects.toMatchObject({ name: 'MissingParameter' });
  });
});

test('a deleted template does not exist', async () => {
  const { LaunchTemplateId } = await create();
  await client.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId }));
  await expect(client.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [LaunchTemplateId!] }))).rejects.toMatchObject({
    name: 'InvalidLaunchTemplateId.NotFound', message: `The specified launch template, with template ID ${LaunchTemplateId}, does not exist.`,
  });
  await expect(client.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName: 'web' }))).rejects.toMatchObject({ name: 'InvalidLaunchTemplateName.NotFoundException' });
});
