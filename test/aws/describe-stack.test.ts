import { describeStack, describeStackResource } from '../../lambda/aws/describe-stack';
import { answering } from '../helpers/answers';

/** The status of a stack and of a resource; none if the call fails, because no AMI should fail for that. */

let warned: jest.SpyInstance;
beforeEach(() => { warned = jest.spyOn(console, 'warn').mockReturnValue(undefined); });
const error = (name: string, message: string) => Object.assign(new Error(message), { name });
const FAILED = error('Throttling', 'no');

test.each<[string, object, object | undefined]>([
  ['a status', { Stacks: [{ StackStatus: 'UPDATE_IN_PROGRESS' }, { StackStatus: 'CREATE_COMPLETE' }] }, { status: 'UPDATE_IN_PROGRESS', operationIds: undefined }],
  ['operations', {
    Stacks: [{
      StackStatus: 'UPDATE_IN_PROGRESS',
      LastOperations: [{ OperationType: 'UPDATE_STACK', OperationId: 'one' }, { OperationType: 'CREATE_CHANGESET', OperationId: 'two' }, { OperationType: 'UPDATE_STACK' }],
    }],
  }, { status: 'UPDATE_IN_PROGRESS', operationIds: ['one'] }],
  ['no stack', { Stacks: [] }, undefined],
  ['nothing', {}, undefined],
  ['a stack without a status', { Stacks: [{}] }, undefined],
  ['an error', FAILED, undefined],
])('CloudFormation tells of a stack: %s', async (_title, answer, expected) => {
  const { aws, calls } = answering({ DescribeStacks: answer });
  expect(await describeStack(aws, 'stack')).toStrictEqual(expected);
  expect(calls).toEqual([['DescribeStacks', { StackName: 'stack' }]]);
  expect(warned.mock.calls).toEqual(answer === FAILED ? [[{ message: 'DescribeStacks failed', code: 'Throttling', words: 'no' }]] : []);
});

const SINCE = new Date(1_000);
const OTHER = error('ValidationError', 'no');
const LATER = error('Throttling', 'It does not exist yet');
test.each<[string, object, object | undefined]>([
  ['a status', { StackResourceDetail: { ResourceStatus: 'CREATE_IN_PROGRESS', LastUpdatedTimestamp: SINCE, PhysicalResourceId: 'id' } }, { status: 'CREATE_IN_PROGRESS', since: 1_000, physicalId: 'id' }],
  ['no time', { StackResourceDetail: { ResourceStatus: 'CREATE_IN_PROGRESS' } }, { status: 'CREATE_IN_PROGRESS' }],
  ['no status', { StackResourceDetail: {} }, undefined],
  ['nothing', {}, undefined],
  ['that it does not exist', error('ValidationError', 'Resource Copy does not exist for stack one'), { status: 'NONE' }],
  ['another error', OTHER, undefined],
  ['another code', LATER, undefined],
])('CloudFormation tells of a resource: %s', async (_title, answer, expected) => {
  const { aws, calls } = answering({ DescribeStackResource: answer });
  expect(await describeStackResource(aws, 'stack', 'Copy')).toEqual(expected);
  expect(calls).toEqual([['DescribeStackResource', { StackName: 'stack', LogicalResourceId: 'Copy' }]]);
  expect(warned).toHaveBeenCalledTimes(answer === OTHER || answer === LATER ? 1 : 0);
});
