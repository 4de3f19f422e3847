import { AwsError } from '../../../../local-aws/aws-call';
import { ALTERNATIVES } from '../../../../local-aws/ec2/settings/undocumented-behavior';
import { arnOf } from '../../../../local-aws/kms/key';
import { RESOURCE_TYPES } from '../../../../src/contract';
import { DirectHandler } from '../../../helpers/direct-handler';

/** An account that restricts the launch of the builder: by a policy of its organization, until it is verified, or by its defaults for metadata. */

let handler: DirectHandler;
beforeAll(async () => { handler = await DirectHandler.start(); });
afterEach(() => handler.aws.reset());
afterAll(() => handler.stop());

/** The types and the errors of the launches until one succeeds. */
async function launch(properties: object = {}): Promise<string[]> {
  const { aws } = handler;
  const source = aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }] });
  const carried = handler.begin(RESOURCE_TYPES.multiKeyAmi, {
    SourceImageId: source.id,
    ImageName: 'golden',
    AssociatePublicIpAddress: 'false',
    BuildMethod: 'LAUNCH_INSTANCE',
    RootVolume: { EncryptionKeyArn: arnOf(aws.kms.addKey()) },
    ...properties,
  });
  const calls = () => aws.log.of('ec2:RunInstances');
  for (let count = 0; count < 10 && calls().every(({ error }) => error); count++) {
    expect((await handler.step(carried)).answer).toBeUndefined();
    aws.clock.advance(30_000);
  }
  return calls().map(({ input, error }) => [input.InstanceType, error].filter(Boolean).join(' '));
}

test('a service control policy allows one of the default types only', async () => {
  handler.aws.organization.attachServiceControlPolicy('types', {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: 'ec2:RunInstances', Resource: 'arn:aws:ec2:*:*:instance/*', Condition: { StringNotEquals: { 'ec2:InstanceType': 'm5.large' } } }],
  });
  expect((await launch()).at(-1)).toBe('m5.large');
});

test('the account is verified for some minutes', async () => {
  const error = new AwsError('PendingVerification', 'Your request for accessing resources in this region is being validated.');
  handler.aws.faults.add({ matches: 'ec2:RunInstances', error, times: 3 });
  expect(await launch({ InstanceTypes: ['t3.small', 'm5.large'] })).toEqual([...Array<string>(3).fill('t3.small PendingVerification'), 't3.small']);
});

test.each(ALTERNATIVES.tokensOfDisabledMetadata)('an account that enforces tokens, where those of disabled metadata are %s', async answer => {
  handler.aws.ec2.switches.tokensOfDisabledMetadata = answer;
  handler.aws.ec2.settings.limits.httpTokensEnforced = true;
  expect(await launch({ InstanceTypes: ['t3.small'] })).toEqual(answer === 'taken' ? ['t3.small'] : ['t3.small InvalidParameterCombination', 't3.small']);
  expect(handler.aws.log.of('ec2:RunInstances').at(-1)!.input.MetadataOptions).toEqual(
    { HttpEndpoint: answer === 'taken' ? 'disabled' : 'enabled', HttpTokens: 'required' });
});
