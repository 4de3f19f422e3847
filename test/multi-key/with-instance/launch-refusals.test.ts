import { AwsError } from '../../../local-aws/aws-call';
import { ALTERNATIVES } from '../../../local-aws/ec2/settings/undocumented-behavior';
import { ImageSettings } from '../../../local-aws/ec2/state/seeding';
import { arnOf } from '../../../local-aws/kms/key';
import { RESOURCE_TYPES } from '../../../src/contract';
import { DirectHandler } from '../../helpers/direct-handler';

/** EC2 refuses to launch the builder instance: what another type or place can change, and what it cannot. */

let handler: DirectHandler;
beforeEach(async () => { handler = await DirectHandler.start(); });
afterEach(() => handler.stop());

const ENA = "Enhanced networking with the Elastic Network Adapter (ENA) is required for the 't3.small' instance type.";
const SCP = 'User: arn:aws:sts::1:assumed-role/R is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:us-east-1:1:instance/* ' +
  'with an explicit deny in a service control policy';

/** Begins a build, and takes steps until a builder is launched, or the request ends. */
async function launch(properties: object = {}, settings: Partial<ImageSettings> = {}): Promise<{ tries: string[]; reason?: string }> {
  const { aws } = handler;
  const source = aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }], ...settings });
  const carried = handler.begin(RESOURCE_TYPES.multiKeyAmi, {
    SourceImageId: source.id,
    ImageName: 'golden',
    AssociatePublicIpAddress: 'false',
    BuildMethod: 'LAUNCH_INSTANCE',
    RootVolume: { EncryptionKeyArn: arnOf(aws.kms.addKey()) },
    ...properties,
  });
  const calls = () => aws.log.of('ec2:RunInstances');
  const tries = () => calls().map(({ input, error }) => [input.InstanceType, error].filter(Boolean).join(' '));
  for (let step = 0; step < 30; step++) {
    const { answer } = await handler.step(carried);
    if (answer) {
      return { tries: tries(), reason: (answer as { reason: string }).reason };
    }
    if (calls().some(({ error }) => !error)) {
      return { tries: tries() };
    }
    aws.clock.advance(30_000);
  }
  throw new Error(`nothing came of ${tries().join(', ')}`);
}

const refuse = (code: string, message: string, types: string[], times?: number) => handler.aws.faults.add({
  matches: ({ action, input }) => action === 'RunInstances' && types.includes(input.InstanceType as string), error: new AwsError(code, message), times,
});
const two = { InstanceTypes: ['t3.small', 'm5.large'] };

test.each([
  ['InsufficientInstanceCapacity', 'We currently do not have sufficient t3.small capacity in the Availability Zone you requested.'],
  ['InsufficientVolumeCapacity', 'There is not enough capacity to fulfill your EBS volume provision request.'],
  ['Unsupported', 'Your requested instance type (t3.small) is not supported in your requested Availability Zone (us-east-1e).'],
  ['InvalidParameterCombination', ENA],
  ['EncryptedVolumesNotSupported', 'Encrypted volumes may only be attached to an instance that supports Amazon EBS encryption.'],
  ['VcpuLimitExceeded', 'You have requested more vCPU capacity than your current vCPU limit of 0 allows'],
  ['UnauthorizedOperation', `You are not authorized to perform this operation. ${SCP}`],
])('%s: the next type is tried', async (code, message) => {
  refuse(code, message, ['t3.small']);
  expect(await launch(two)).toEqual({ tries: [`t3.small ${code}`, 'm5.large'] });
});

test.each([
  ['InvalidParameterValue', 'Something else', /^EC2 does not launch a t3\.small builder instance from the source image ami-\w+\. \(EC2 InvalidParameterValue: Something else\)$/],
  ['TagPolicyViolation', 'The tag policy does not allow the specified value', /^A tag policy of the organization does not allow a tag with which to launch a builder instance/],
  ['VolumeLimitExceeded', 'Volume limit exceeded', /^The quota "Storage for EBS volumes, in TiB" of this account is used up, so the handler cannot launch the builder instance\. Delete/],
  ['OptInRequired', 'Subscribe', / is an AWS Marketplace product that this account is not subscribed to/],
])('%s is about the request: no other type is tried', async (code, message, reason) => {
  refuse(code, message, ['t3.small']);
  expect(await launch(two)).toEqual({ tries: [`t3.small ${code}`], reason: expect.stringMatching(reason) });
});

test.each<[string, [string, string], [string, string], RegExp]>([
  [
    'capacity', ['Unsupported', 'no'], ['InsufficientInstanceCapacity', 'no'],
    /^EC2 has no capacity for the builder instance in any of the tried combinations: t3\.small \(Unsupported\), m5\.large \(InsufficientInstanceCapacity\)\. .* deploy again later\.$/,
  ],
  [
    'a quota', ['VcpuLimitExceeded', 'first'], ['VcpuLimitExceeded', 'last'],
    /^The quota "Running On-Demand Standard \(A, C, D, H, I, M, R, T, Z\) instances" of this account is used up, .*COPY_SNAPSHOTS.* \(EC2 VcpuLimitExceeded: last\)$/,
  ],
  [
    'different reasons', ['InsufficientInstanceCapacity', 'no'], ['InvalidParameterCombination', 'last'],
    /^EC2 does not launch the builder instance in any of the tried combinations: t3\.small \(InsufficientInstanceCapacity\), m5\.large \(InvalidParameterCombination\)\. Pass other .* last\)$/,
  ],
  [
    'an organization', ['UnauthorizedOperation', SCP], ['UnauthorizedOperation', SCP],
    /^The handler role is not allowed to launch a builder instance from the source image ami-\w+ as t3\.small, m5\.large\. A service control policy of the organization denies it\. .* instance types/,
  ],
])('no type is left because of %s', async (_reason, first, second, message) => {
  refuse(first[0], first[1], ['t3.small']);
  refuse(second[0], second[1], ['m5.large']);
  expect(await launch(two)).toEqual({ tries: expect.arrayContaining([`t3.small ${first[0]}`, `m5.large ${second[0]}`]), reason: expect.stringMatching(message) });
});

test('a service control policy allows one of the default types only', async () => {
  handler.aws.organization.attachServiceControlPolicy('types', {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: 'ec2:RunInstances', Resource: 'arn:aws:ec2:*:*:instance/*', Condition: { StringNotEquals: { 'ec2:InstanceType': 'm5.large' } } }],
  });
  expect((await launch()).tries.at(-1)).toBe('m5.large');
});

test('the account is verified for some minutes', async () => {
  refuse('PendingVerification', 'Your request for accessing resources in this region is being validated.', ['t3.small'], 3);
  expect(await launch(two)).toEqual({ tries: [...Array<string>(3).fill('t3.small PendingVerification'), 't3.small'] });
});

describe('types that do not suit the image are not tried', () => {
  test.each<[string, Partial<ImageSettings>, object, string[]]>([
    ['without ENA', { enaSupport: false }, {}, ['t2.small']],
    ['for some types', { instanceTypes: { supported: ['m*', 't3.*'], unsupported: ['t3.small', 'm7i.*', 't3.medium'] } }, {}, ['m5.large']],
    ['paravirtual', { virtualizationType: 'paravirtual', enaSupport: false }, { InstanceTypes: ['t2.small', 'm3.medium'] }, ['m3.medium']],
    ['with UEFI', { bootMode: 'uefi' }, { InstanceTypes: ['t2.small', 't3.small'] }, ['t3.small']],
  ])('an image %s', async (_image, settings, properties, tries) => {
    expect(await launch(properties, settings)).toEqual({ tries });
  });

  test('each has its reason', async () => {
    const settings = { enaSupport: false, virtualizationType: 'paravirtual' as const, instanceTypes: { unsupported: ['m5.*'] } };
    expect((await launch({ InstanceTypes: ['t3.small', 'm5.large', 't4g.small'] }, settings)).reason).toMatch(
      /: t3\.small does not support the virtualization type paravirtual, m5\.large is not among the instance types that the image supports, t4g\.small does not support x86_64\. Pass other/);
    expect((await launch({ InstanceTypes: ['t4g.small'] }, { name: 'bios', architecture: 'arm64', bootMode: 'legacy-bios' })).reason).toMatch(
      /: t4g\.small does not support legacy BIOS\. Pass other/);
    expect((await launch({ InstanceTypes: ['t3.small'] }, { name: 'old', enaSupport: false })).reason).toMatch(/: t3\.small requires ENA, which the image does not support\. Pass other/);
  });
});

test.each(ALTERNATIVES.tokensOfDisabledMetadata)('an account that enforces tokens, where those of disabled metadata are %s', async answer => {
  handler.aws.ec2.switches.tokensOfDisabledMetadata = answer;
  handler.aws.ec2.settings.limits.httpTokensEnforced = true;
  expect(await launch(two)).toEqual({ tries: answer === 'taken' ? ['t3.small'] : ['t3.small InvalidParameterCombination', 't3.small'] });
  expect(handler.aws.log.of('ec2:RunInstances').at(-1)!.input.MetadataOptions).toEqual(
    { HttpEndpoint: answer === 'taken' ? 'disabled' : 'enabled', HttpTokens: 'required' });
});
