import { Instance } from '@aws-sdk/client-ec2';
import {
  endedForLackOfCapacity, explainNoOptionLeft, explainRefusedLaunch, isAboutMetadata, isAboutSpot, isAboutTypeOrPlace,
} from '../../../../lambda/multi-key/with-instance/launch-refusals';
import { AccessDeniedError } from '../../../../lambda/outcomes';
import { buildRequest } from '../../build-request';

/** EC2 refuses to launch the builder instance: what another type or place can change, and what it cannot. */

const DENIED = 'User: arn:aws:sts::1:assumed-role/R is not authorized to perform: ec2:RunInstances on resource: ';
const SCP = 'with an explicit deny in a service control policy';
const by = (resource: string, words = SCP) => `${DENIED}arn:aws:ec2:us-east-1:1:${resource} ${words}`;
const errorOf = (name: string, message = 'no') => Object.assign(new Error(message), { name });

test.each<[string, string, boolean]>([
  ['InsufficientInstanceCapacity', 'no', true],
  ['InsufficientHostCapacity', 'no', true],
  ['InsufficientCapacity', 'no', true],
  ['InsufficientVolumeCapacity', 'no', true],
  ['InsufficientFreeAddressesInSubnet', 'no', true],
  ['Unsupported', 'no', true],
  ['InstanceTypeNotSupported', 'no', true],
  ['InvalidParameterCombination', 'no', true],
  ['EncryptedVolumesNotSupported', 'no', true],
  ['InstanceLimitExceeded', 'no', true],
  ['VcpuLimitExceeded', 'no', true],
  ['UnauthorizedOperation', by('instance/*'), true],
  ['UnauthorizedOperation', by('subnet/subnet-1'), true],
  ['UnauthorizedOperation', by('spot-instances-request/*'), true],
  ['UnauthorizedOperation', by('volume/*'), false],
  ['UnauthorizedOperation', by('instance/*', 'because no identity-based policy allows it'), false],
  ['Other', by('instance/*'), false],
  ['InvalidParameterValue', 'no', false],
])('%s is about the type or the place (%s): %s', (code, message, isAbout) => {
  expect(isAboutTypeOrPlace(errorOf(code, message))).toBe(isAbout);
});

test.each([['SpotMaxPriceTooLow', true], ['MaxSpotInstanceCountExceeded', true], ['UnsupportedOperation', true], ['Unsupported', false]])('%s is about Spot: %s', (code, isAbout) => {
  expect(isAboutSpot(errorOf(code))).toBe(isAbout);
});

test.each<[string, string, boolean]>([
  ['InvalidParameterCombination', 'HttpTokens and HttpEndpoint', true],
  ['InvalidParameterValue', 'http-endpoint must be enabled', true],
  ['UnsupportedOperation', 'The metadata options', true],
  ['InvalidParameterCombination', 'The instance type', false],
  ['Other', 'The metadata options', false],
])('%s: %s is about metadata: %s', (code, message, isAbout) => {
  expect(isAboutMetadata(errorOf(code, message))).toBe(isAbout);
});

test.each<[Instance['StateReason'], boolean]>([
  [{ Code: 'Server.InsufficientInstanceCapacity' }, true],
  [{ Code: 'Server.InsufficientCapacity' }, true],
  [{ Code: 'Server.InternalError', Message: 'InsufficientHostCapacity' }, true],
  [{ Code: 'Client.VolumeLimitExceeded' }, false],
  [undefined, false],
])('an instance that ended with %j lacked capacity: %s', (StateReason, lacked) => {
  expect(endedForLackOfCapacity({ StateReason })).toBe(lacked);
});

describe('no option is left', () => {
  const explain = (codes: string[], types: string[] = []) => {
    const refusedPlaces = codes.length === 0 ? undefined : Object.fromEntries(codes.map((code, index) => [`type${index}`, code]));
    const memory = { refusedPlaces, lastRefusal: codes.length === 0 ? undefined : { code: codes.at(-1)!, message: by('instance/*') } };
    const request = buildRequest({ memory });
    return { error: explainNoOptionLeft(request, ['a (A)', 'b (B)'], types), memory: request.memory };
  };

  test.each<[string, string[], RegExp]>([
    [
      'EC2 has no capacity, as ended instances tell', [],
      /^EC2 has no capacity for the builder instance in any of the tried combinations: a [(]A[)], b [(]B[)]\. Pass other .* deploy again later\.$/,
    ],
    ['EC2 has no capacity', ['Unsupported', 'InsufficientInstanceCapacity'], /^EC2 has no capacity /],
    [
      'for different reasons', ['InsufficientInstanceCapacity', 'InvalidParameterCombination'],
      /^EC2 does not launch the builder instance in any of the tried combinations: a [(]A[)], b [(]B[)]\. Pass other .* [(]EC2 InvalidParameterCombination: User: /,
    ],
    ['for a quota and another reason', ['Unsupported', 'VcpuLimitExceeded'], /^EC2 does not launch /],
    ['for quotas', ['InstanceLimitExceeded', 'VcpuLimitExceeded'], /^The quota "Running On-Demand instances of the family" of this account is used up, so the handler cannot launch the builder instance\. /],
    ['for a quota', ['InstanceLimitExceeded'], /^The quota "Running On-Demand instances of the family" /],
    ['for a denial and another reason', ['Unsupported', 'UnauthorizedOperation'], /^EC2 does not launch /],
  ])('%s', (_title, codes, message) => {
    const { error, memory } = explain(codes, ['m5.large', 'x2gd.medium']);
    expect(error).not.toBeInstanceOf(AccessDeniedError);
    expect(error.message).toMatch(message);
    expect(Object.values(memory.refusedPlaces ?? {})).toEqual(codes);
  });

  test('for denials: the next step tries all again, because a policy can have just changed', () => {
    const { error, memory } = explain(['UnauthorizedOperation', 'AccessDenied'], ['t3.small', 'm5.large']);
    expect(error).toBeInstanceOf(AccessDeniedError);
    expect(error.message).toMatch(
      /^The handler role is not allowed to launch a builder instance from the source image ami-\w+ as t3\.small, m5\.large\. A service control policy of the organization denies it\. /);
    expect(memory.refusedPlaces).toBeUndefined();
  });
});

test.each<[string, string, RegExp, boolean?]>([
  ['VPCIdNotSpecified', 'no', /^The builder instance needs a subnet, but this account has no default VPC, /],
  ['MissingInput', 'No subnets found', /^The builder instance needs a subnet, but this account has no default VPC, /],
  ['AuthFailure.ServiceLinkedRoleCreationNotPermitted', 'no', /^The builder instance cannot be a Spot Instance, .* AWSServiceRoleForEC2Spot\. /, true],
  ['OptInRequired', 'Subscribe', / is an AWS Marketplace product that this account is not subscribed to/],
  ['InvalidAMIID.NotFound', 'no', /^The source image ami-\w+ no longer exists, /],
  ['InvalidAMIID.Unavailable', 'no', /^The source image ami-\w+ no longer exists, /],
  ['InvalidRequest', 'You do not have permission to access the storage of this ami', / with other keys, because the snapshots of that image are not shared with account 123456789012\. /],
  ['InvalidRequest', 'no', /^EC2 does not launch a t3\.small builder instance from the source image ami-\w+\. [(]EC2 InvalidRequest: no[)]$/],
  ['VcpuLimitExceeded', 'no', /^The quota "Running On-Demand Standard [(]A, C, D, H, I, M, R, T, Z[)] instances" .* cannot launch the builder instance\. /],
  ['UnauthorizedOperation', 'no', /^The handler role is not allowed to launch a builder instance from the source image ami-\w+\. /, true],
  ['TagPolicyViolation', 'no', /^A tag policy of the organization does not allow a tag with which to launch a builder instance/],
  ['InvalidParameterValue', 'no', /^EC2 does not launch a t3\.small builder instance from the source image ami-\w+\. [(]EC2 InvalidParameterValue: no[)]$/],
])('%s: %s is about the request', (code, message, reason, canPass = false) => {
  const error = explainRefusedLaunch(buildRequest(), 't3.small', errorOf(code, message));
  expect(error.message).toMatch(reason);
  expect(error instanceof AccessDeniedError).toBe(canPass);
});
