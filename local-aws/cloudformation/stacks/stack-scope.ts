import { ResourceRecord, Stack, DesiredState } from './stack';
import { AwsError } from '../../aws-call';
import { ResourceType } from '../resource-types/resource-type';
import { Scope } from '../template/intrinsic-functions';
import { scopeOf, TemplateEnvironment } from '../template/resolve-template';
import { Json } from '../template/template';

/** The values of intrinsic functions during a stack operation. Records the imported exports. */
export function stackScope(
  stack: Stack, target: DesiredState, templateEnvironment: TemplateEnvironment, typeOf: (type: string) => ResourceType,
): Scope {
  stack.imports = new Set();
  return scopeOf(stack, target, {
    ref: logicalId => {
      const record = stack.resources.get(logicalId);
      return record?.ref ?? record?.physicalId;
    },
    getAtt: (logicalId, attribute) => {
      const record = stack.resources.get(logicalId);
      if (record === undefined) {
        throw new AwsError('ValidationError', `Template error: instance of Fn::GetAtt references undefined resource ${logicalId}`);
      }
      return attributeOf(stack, record, attribute, typeOf(record.type));
    },
  }, {
    ...templateEnvironment,
    exported: (environment, name) => {
      stack.imports.add(name);
      return templateEnvironment.exported(environment, name);
    },
  });
}

function attributeOf(stack: Stack, record: ResourceRecord, attribute: string, type: ResourceType): Json {
  const value = record.attributes[attribute];
  if (value !== undefined && value !== null) {
    return value as Json;
  }
  if (type.missingAttribute === undefined) {
    throw new AwsError('ValidationError', `Requested attribute ${attribute} must be a readonly property in schema for ${record.type}`);
  }
  return type.missingAttribute({ stackId: stack.id, logicalId: record.logicalId, physicalId: record.physicalId! }, attribute);
}
