import { ACCOUNT, builderPolicy, cleanupPolicy, copyPolicy, OWNER, OWNER_TAG, policy, REGION } from './policies';
import { Principal } from '../../../local-aws/aws-call';
import { Iam } from '../../../local-aws/iam/iam';

const IMAGE = `arn:aws:ec2:${REGION}::image/ami-0123456789abcdef0`;
const VOLUME = `arn:aws:ec2:${REGION}:${ACCOUNT}:volume/vol-0123456789abcdef0`;

let iam: Iam;

beforeEach(() => {
  iam = new Iam();
});

function principalWith(...policies: object[]): Principal {
  const arn = iam.putRole({ account: ACCOUNT, name: 'Handler', inlinePolicies: Object.fromEntries(policies.map((document, i) => [`Policy${i}`, document])) });
  return iam.principal(iam.credentials(arn, 'function').accessKeyId);
}

function allows(principal: Principal, action: string, resource: string, context: Record<string, string | string[]> = {}): boolean {
  return iam.allows(principal, { action, resource, context });
}

describe('the policy of a role that copies images', () => {
  test.each([
    ['ec2:DescribeImages', '*', {}, true],
    ['ec2:DescribeVolumes', '*', {}, false],
    ['ec2:CopyImage', IMAGE, {}, true],
    ['ec2:CopyImage', 'arn:aws:ec2:eu-west-1::image/ami-0123456789abcdef0', {}, false],
    ['ec2:CreateTags', IMAGE, { 'ec2:CreateAction': 'CopyImage', [`aws:RequestTag/${OWNER_TAG}`]: OWNER }, true],
    ['ec2:CreateTags', IMAGE, { 'ec2:CreateAction': 'CopyImage' }, false],
    ['ec2:CreateTags', IMAGE, { [`aws:RequestTag/${OWNER_TAG}`]: OWNER }, false],
    ['ec2:CreateTags', IMAGE, { 'ec2:CreateAction': 'CopyImage', [`aws:RequestTag/${OWNER_TAG}`]: 'Somebody' }, false],
    ['ec2:DeregisterImage', IMAGE, {}, false],
  ])('%s on %s with %j: %s', (action, resource, context, expected) => {
    expect(allows(principalWith(copyPolicy), action, resource, context)).toBe(expected);
  });
});

describe('the policy of a role that launches builders', () => {
  test.each([
    ['ec2:RunInstances', IMAGE, {}, true],
    ['ec2:RunInstances', VOLUME, { [`aws:RequestTag/${OWNER_TAG}`]: OWNER }, true],
    ['ec2:RunInstances', VOLUME, {}, false],
    ['ec2:RunInstances', `arn:aws:ec2:${REGION}:${ACCOUNT}:subnet/subnet-1`, {}, true],
    ['ec2:RunInstances', `arn:aws:ec2:${REGION}:${ACCOUNT}:subnet/subnet-2`, {}, false],
    ['ec2:CreateTags', VOLUME, { 'ec2:CreateAction': 'CreateVolume', [`aws:RequestTag/${OWNER_TAG}`]: OWNER }, true],
    ['ec2:CreateTags', VOLUME, { 'ec2:CreateAction': 'CreateSnapshot', [`aws:RequestTag/${OWNER_TAG}`]: OWNER }, false],
    ['ec2:DeleteVolume', VOLUME, { [`aws:ResourceTag/${OWNER_TAG}`]: OWNER }, true],
    ['ec2:DeleteVolume', VOLUME, {}, false],
  ])('%s on %s with %j: %s', (action, resource, context, expected) => {
    expect(allows(principalWith(builderPolicy), action, resource, context)).toBe(expected);
  });
});

test('allows the deletion of resources with the owner tag only', () => {
  const principal = principalWith(cleanupPolicy);
  expect(allows(principal, 'ec2:DeregisterImage', IMAGE, { [`aws:ResourceTag/${OWNER_TAG}`]: OWNER })).toBe(true);
  expect(allows(principal, 'ec2:DeregisterImage', IMAGE, { 'aws:ResourceTag/Name': 'golden' })).toBe(false);
});

test('a Deny statement overrides an Allow statement, also of another policy', () => {
  const principal = principalWith(copyPolicy, policy({ Effect: 'Deny', Action: 'ec2:Copy*', Resource: '*' }));
  expect(allows(principal, 'ec2:CopyImage', IMAGE)).toBe(false);
  expect(allows(principal, 'ec2:DescribeImages', '*')).toBe(true);
});

test('an action without resource-level permissions needs a statement on *', () => {
  const principal = principalWith(policy({ Effect: 'Allow', Action: 'ec2:DescribeImages', Resource: `arn:aws:ec2:${REGION}::image/*` }));
  expect(allows(principal, 'ec2:DescribeImages', '*')).toBe(false);
});

describe('the ARN of a new resource, whose ID is unknown', () => {
  const NEW_IMAGE = `arn:aws:ec2:${REGION}::image/*`;

  test.each<[string, object, boolean]>([
    ['every image', { Effect: 'Allow', Resource: NEW_IMAGE }, true],
    ['every resource of EC2', { Effect: 'Allow', Resource: 'arn:aws:ec2:*:*:*' }, true],
    ['everything', { Effect: 'Allow', Resource: '*' }, true],
    ['one image', { Effect: 'Allow', Resource: IMAGE }, false],
    ['some images', { Effect: 'Allow', Resource: `arn:aws:ec2:${REGION}::image/ami-0*` }, false],
    ['every snapshot', { Effect: 'Allow', Resource: `arn:aws:ec2:${REGION}::snapshot/*` }, false],
    ['everything but one image', { Effect: 'Allow', NotResource: IMAGE }, true],
    ['everything but images', { Effect: 'Allow', NotResource: NEW_IMAGE }, false],
  ])('is allowed by a statement that allows %s', (_, statement, expected) => {
    expect(allows(principalWith(policy({ Action: 'ec2:CopyImage', ...statement })), 'ec2:CopyImage', NEW_IMAGE)).toBe(expected);
  });

  test.each<[string, object, boolean]>([
    ['one image', { Resource: IMAGE }, true],
    ['every image', { Resource: NEW_IMAGE }, false],
    ['everything but one image', { NotResource: IMAGE }, false],
  ])('is denied by a statement that denies %s', (_, statement, expected) => {
    const principal = principalWith(policy(
      { Effect: 'Allow', Action: 'ec2:*', Resource: '*' },
      { Effect: 'Deny', Action: 'ec2:CopyImage', ...statement },
    ));
    expect(allows(principal, 'ec2:CopyImage', NEW_IMAGE)).toBe(expected);
  });
});

test('a resource pattern can match several resource types', () => {
  const ofAccount = `arn:aws:ec2:${REGION}:${ACCOUNT}`;
  const principal = principalWith(policy(
    { Effect: 'Allow', Action: 'ec2:CreateTags', Resource: `${ofAccount}:*/*` },
    { Effect: 'Allow', Action: 'ec2:DeleteTags', NotResource: `${ofAccount}:*/*` },
  ));
  for (const id of [VOLUME, `${ofAccount}:instance/*`]) {
    expect(allows(principal, 'ec2:CreateTags', id)).toBe(true);
    expect(allows(principal, 'ec2:DeleteTags', id)).toBe(false);
  }
  expect(allows(principal, 'ec2:CreateTags', IMAGE)).toBe(false);
  expect(allows(principal, 'ec2:DeleteTags', IMAGE)).toBe(true);
});

test('actions match without case, and with wildcards', () => {
  const principal = principalWith(policy({ Effect: 'Allow', Action: 'EC2:describe*', Resource: '*' }));
  expect(allows(principal, 'ec2:DescribeImages', '*')).toBe(true);
  expect(allows(principal, 'ec2:DeleteVolume', VOLUME)).toBe(false);
});

test('NotAction and NotResource match everything else', () => {
  const principal = principalWith(policy(
    { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' },
    { Effect: 'Deny', Action: 'ec2:*', NotResource: 'arn:aws:ec2:*:*:volume/*' },
  ));
  expect(allows(principal, 'ec2:DeleteVolume', VOLUME)).toBe(true);
  expect(allows(principal, 'ec2:CopyImage', IMAGE)).toBe(false);
  expect(allows(principal, 'iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/Any`)).toBe(false);
});

describe('conditions', () => {
  test.each([
    [{ StringLike: { 'aws:RequestTag/Name': 'golden-*' } }, { 'aws:RequestTag/Name': 'golden-1' }, true],
    [{ StringLike: { 'aws:RequestTag/Name': 'golden-*' } }, { 'aws:RequestTag/Name': 'silver-1' }, false],
    [{ StringNotEquals: { 'aws:ResourceTag/Name': 'golden' } }, {}, true],
    [{ StringEqualsIfExists: { 'aws:ResourceTag/Name': 'golden' } }, {}, true],
    [{ Bool: { 'ec2:Encrypted': 'true' } }, { 'ec2:Encrypted': 'true' }, true],
    [{ Bool: { 'ec2:Encrypted': 'true' } }, { 'ec2:Encrypted': 'false' }, false],
    [{ Bool: { 'ec2:Encrypted': 'true' } }, {}, false],
    [{ Null: { 'aws:RequestTag/Name': 'true' } }, {}, true],
    [{ Null: { 'aws:RequestTag/Name': 'false' } }, {}, false],
    [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Name', 'Owner'] } }, { 'aws:TagKeys': ['Name'] }, true],
    [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Name', 'Owner'] } }, { 'aws:TagKeys': ['Name', 'Cost'] }, false],
    [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Name', 'Owner'] } }, {}, true],
    [{ 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['Owner'] } }, { 'aws:TagKeys': ['Name', 'Owner'] }, true],
    [{ 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['Owner'] } }, { 'aws:TagKeys': ['Name'] }, false],
    [{ NumericLessThanEquals: { 'ec2:VolumeSize': '100' } }, { 'ec2:VolumeSize': '9' }, true],
    [{ ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/Hand*' } }, {}, true],
    [{ StringEquals: { 'aws:PrincipalAccount': ACCOUNT } }, {}, true],
    [{ StringEquals: { 'aws:ResourceTag/account': '${aws:PrincipalAccount}' } }, { 'aws:ResourceTag/account': ACCOUNT }, true],
    [{ StringEquals: { 'aws:ResourceTag/account': '${aws:PrincipalAccount}' } }, { 'aws:ResourceTag/account': '1' }, false],
  ])('%j with %j: %s', (condition, context, expected) => {
    const principal = principalWith(policy({ Effect: 'Allow', Action: 'ec2:CreateTags', Resource: '*', Condition: condition }));
    expect(allows(principal, 'ec2:CreateTags', IMAGE, context)).toBe(expected);
  });
});

test('an operator without ForAllValues or ForAnyValue does not match a condition key with several values', () => {
  const snapshot = `arn:aws:ec2:${REGION}::snapshot/snap-0123456789abcdef0`;
  const accounts = ['111111111111', '222222222222'];
  const sharing = (Condition: object) => principalWith(policy({ Effect: 'Allow', Action: 'ec2:ModifySnapshotAttribute', Resource: snapshot, Condition }));
  const shares = (principal: Principal) => allows(principal, 'ec2:ModifySnapshotAttribute', snapshot, { 'ec2:Add/userId': accounts });

  expect(shares(sharing({ StringEquals: { 'ec2:Add/userId': accounts } }))).toBe(false);
  expect(shares(sharing({ 'ForAllValues:StringEquals': { 'ec2:Add/userId': accounts }, 'Null': { 'ec2:Add/userId': 'false' } }))).toBe(true);
  expect(shares(sharing({ 'ForAllValues:StringEquals': { 'ec2:Add/userId': accounts.slice(1) } }))).toBe(false);
});

test('evaluates thousands of requests in a short time', () => {
  const principal = principalWith(copyPolicy);
  const context = { 'ec2:CreateAction': 'CopyImage', [`aws:RequestTag/${OWNER_TAG}`]: OWNER };
  const images = Array.from({ length: 5000 }, (_, i) => `arn:aws:ec2:${REGION}::image/ami-${i}`);

  // the test's own time limit fails it where an evaluation takes long
  expect(images.every(image => allows(principal, 'ec2:CreateTags', image, context))).toBe(true);
}, 20_000);
