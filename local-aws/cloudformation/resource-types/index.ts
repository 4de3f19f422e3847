import { autoScalingTypes } from './auto-scaling';
import { TypeContext } from './context';
import { instanceType, keyPairType } from './ec2/instance';
import { launchTemplateType } from './ec2/launch-template';
import { networkTypes } from './ec2/network';
import { securityGroupTypes } from './ec2/security-group';
import { volumeTypes } from './ec2/volume';
import { iamTypes } from './iam';
import { inMemoryTypes } from './in-memory';
import { kmsTypes } from './kms';
import { withKnownProperties } from './known-properties';
import { lambdaTypes } from './lambda';
import { isCustomType, ResourceType } from './resource-type';
import { Roles } from './roles';
import { stepFunctionsTypes } from './step-functions';
import { CustomResource } from '../custom-resources/custom-resource';

/** The known resource types, by name. */
export function resourceTypes(context: TypeContext, custom: CustomResource): (type: string) => ResourceType | undefined {
  const roles = new Roles(context.iam);
  const types: Readonly<Record<string, ResourceType>> = {
    ...iamTypes(context, roles),
    ...lambdaTypes(context, roles),
    ...kmsTypes(context),
    ...inMemoryTypes(context),
    ...stepFunctionsTypes(context, roles),
    ...networkTypes(context),
    ...securityGroupTypes(context),
    ...volumeTypes(context),
    ...autoScalingTypes(context),
    'AWS::EC2::LaunchTemplate': launchTemplateType(context),
    'AWS::EC2::KeyPair': keyPairType(context),
    'AWS::EC2::Instance': instanceType(context),
  };
  const checked = new Map(Object.entries(types).map(([name, type]) => [name, withKnownProperties(name, type)]));
  return type => isCustomType(type) ? custom : checked.get(type);
}
