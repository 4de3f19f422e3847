import { randomBytes } from 'crypto';
import { TypeContext } from './context';
import { requiredText, serviceFailure, text } from './properties';
import { ResourceFailure, ResourceRequest, ResourceType } from './resource-type';
import { dnsSuffixOf, partitionOf } from '../../regions/partition';

/** Types that the local AWS keeps in memory: Systems Manager, S3 and others. */
export function inMemoryTypes({ ssm, buckets }: TypeContext): Record<string, ResourceType> {
  const kept = (create: ResourceType['create'], replacementProperties: string[] = []): ResourceType => ({
    replacementProperties, create, update: request => ({ physicalId: request.physicalId }),
  });
  return {
    'AWS::SSM::Parameter': {
      replacementProperties: ['Name', 'DataType'],
      create: request => {
        const name = text(request.properties, 'Name') ?? request.name();
        if (ssm.has(request.environment, name)) {
          throw new ResourceFailure(`Resource of type 'AWS::SSM::Parameter' with identifier '${name}' already exists.`);
        }
        return putParameter(ssm, name, request);
      },
      update: request => putParameter(ssm, request.physicalId, request),
      delete: request => ssm.delete(request.environment, request.physicalId),
    },
    'AWS::S3::Bucket': {
      ...kept(request => {
        const { region, account } = request.environment;
        const name = text(request.properties, 'BucketName') ?? request.name(63).toLowerCase();
        try {
          buckets.create({ name, region, account });
        } catch (error) {
          throw serviceFailure(error, 'S3');
        }
        return {
          physicalId: name,
          attributes: {
            Arn: `arn:${partitionOf(region)}:s3:::${name}`,
            DomainName: `${name}.s3.${dnsSuffixOf(region)}`,
            RegionalDomainName: `${name}.s3.${region}.${dnsSuffixOf(region)}`,
          },
        };
      }, ['BucketName']),
      delete: request => {
        try {
          buckets.delete(request.physicalId);
        } catch (error) {
          if ((error as Error).name !== 'NoSuchBucket') {
            throw serviceFailure(error, 'S3');
          }
        }
      },
    },
    'AWS::S3::BucketPolicy': kept(request => ({ physicalId: requiredText(request.properties, 'Bucket') }), ['Bucket']),
    'AWS::ECR::Repository': kept(request => {
      const { region, account } = request.environment;
      const name = text(request.properties, 'RepositoryName') ?? request.name(256).toLowerCase();
      return {
        physicalId: name,
        attributes: {
          Arn: `arn:${partitionOf(region)}:ecr:${region}:${account}:repository/${name}`,
          RepositoryUri: `${account}.dkr.ecr.${region}.${dnsSuffixOf(region)}/${name}`,
        },
      };
    }, ['RepositoryName']),
    'AWS::CDK::Metadata': kept(request => ({ physicalId: request.name() })),
  };
}

function putParameter(ssm: TypeContext['ssm'], name: string, request: ResourceRequest) {
  const { properties } = request;
  const value = requiredText(properties, 'Value');
  const type = requiredText(properties, 'Type');
  if (!['String', 'StringList'].includes(type)) {
    throw new ResourceFailure(`Properties validation failed for resource ${request.logicalId} with message: [#/Type: ${type} is not a valid enum value]`);
  }
  if (!isStored(ssm, request, { name, value, type })) {
    throw new ResourceFailure(`Resource of type 'AWS::SSM::Parameter' with identifier '${name}' did not stabilize. Stabilizing the parameter creation...`);
  }
  return { physicalId: name, attributes: { Type: text(properties, 'Type'), Value: value } };
}

function isStored(ssm: TypeContext['ssm'], { environment, properties }: ResourceRequest, parameter: { name: string; value: string; type: string }): boolean {
  try {
    return ssm.put(environment, {
      ...parameter, dataType: text(properties, 'DataType'), description: text(properties, 'Description'), tier: text(properties, 'Tier'),
    });
  } catch (error) {
    throw serviceFailure(error, 'Ssm');
  }
}

/** A generated ID in EC2's form: `vpc-0123456789abcdef0`. */
export function generatedId(prefix: string): string {
  return `${prefix}-0${randomBytes(8).toString('hex')}`;
}
