import { DeploymentError } from '../../lambda/outcomes';
import { isKnownResourceType, resourceHandlerFor } from '../../lambda/resource-handlers';
import { RESOURCE_TYPES } from '../../src/contract';
import { answering } from '../helpers/answers';

test.each<[string, boolean, Record<string, unknown>, unknown[]]>([
  [RESOURCE_TYPES.encryptedAmiCopy, true, { SourceImageId: 'ami-1' }, [[], []]],
  [RESOURCE_TYPES.multiKeyAmi, true, { BuildMethod: 'COPY_SNAPSHOTS' }, [[], []]],
  [RESOURCE_TYPES.instanceAmi, true, { InstanceId: 'i-1' }, [[], []]],
  [RESOURCE_TYPES.amiSharing, false, { ImageId: 'ami-1' }, []],
])('%s creates an AMI: %s, and a Delete reads what it can and finds nothing of others', async (type, createsImage, properties, found) => {
  const { aws } = answering({ DescribeImages: { Images: [{ ImageId: 'ami-2' }] }, DescribeSnapshots: { Snapshots: [] }, DescribeVolumes: { Volumes: [] } });
  const handler = resourceHandlerFor(type);
  expect([isKnownResourceType(type), handler.createsImage]).toEqual([true, createsImage]);
  expect(handler.parseLeniently(properties)).toEqual(properties);
  const request = { owner: 'us', attemptId: 'one', properties, memory: {} } as never;
  expect(await Promise.all(handler.ownedResourceTypes(properties).map(one => one.find(aws, request)))).toEqual(found);
});

test('another resource type is of another version', () => {
  expect(isKnownResourceType('Custom::Other')).toBe(false);
  expect(() => resourceHandlerFor('Custom::Other')).toThrow(new DeploymentError(
    'The handler does not know the resource type Custom::Other. Synthesize and deploy the stack again with one version of cdk-encrypted-ami.'));
});
