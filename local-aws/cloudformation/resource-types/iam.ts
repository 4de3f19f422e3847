import { TypeContext } from './context';
import { document, objects, requiredText, serviceFailure, text, texts } from './properties';
import { CreatedResource, ResourceFailure, ResourceRequest, ResourceType } from './resource-type';
import { Roles } from './roles';
import { partitionOf } from '../../regions/partition';

/** The resource types of IAM. */
export function iamTypes({ iam, autoScaling }: TypeContext, roles: Roles): Record<string, ResourceType> {
  return {
    'AWS::IAM::Role': {
      replacementProperties: ['RoleName', 'Path'],
      create: request => {
        const name = text(request.properties, 'RoleName') ?? request.name(64);
        if (roles.exists(request.environment, name)) {
          throw new ResourceFailure(`Resource of type 'AWS::IAM::Role' with identifier '${name}' already exists.`);
        }
        return putRole(roles, request, name);
      },
      update: request => putRole(roles, request, request.physicalId),
      delete: request => roles.delete(String(request.attributes.Arn)),
    },
    'AWS::IAM::ServiceLinkedRole': {
      replacementProperties: ['AWSServiceName', 'CustomSuffix'],
      create: request => {
        const { account, region } = request.environment;
        try {
          const arn = iam.createServiceLinkedRole(
            { account, partition: partitionOf(region) }, requiredText(request.properties, 'AWSServiceName'), text(request.properties, 'CustomSuffix'));
          const name = arn.split('/').pop()!;
          return { physicalId: name, attributes: { RoleName: name, Arn: arn } };
        } catch (error) {
          throw serviceFailure(error, 'Iam');
        }
      },
      update: request => ({ physicalId: request.physicalId }),
      delete: request => {
        const arn = String(request.attributes.Arn);
        if (autoScaling.usesRole(arn)) {
          throw new ResourceFailure(`The service-linked role ${request.physicalId} cannot be deleted, because Auto Scaling groups use it.`);
        }
        iam.deleteRole(arn);
      },
    },
    'AWS::IAM::Policy': {
      create: request => {
        attachTo(roles, request, texts(request.properties, 'Roles'));
        return { physicalId: request.name(128), attributes: { Id: requiredText(request.properties, 'PolicyName') } };
      },
      update: request => {
        roles.detach(request.environment, texts(request.oldProperties, 'Roles'), requiredText(request.oldProperties, 'PolicyName'));
        attachTo(roles, request, texts(request.properties, 'Roles'));
        return { physicalId: request.physicalId };
      },
      delete: request => roles.detach(request.environment, texts(request.properties, 'Roles'), requiredText(request.properties, 'PolicyName')),
    },
    'AWS::IAM::RolePolicy': {
      replacementProperties: ['PolicyName', 'RoleName'],
      create: request => {
        attachTo(roles, request, [requiredText(request.properties, 'RoleName')]);
        return { physicalId: `${requiredText(request.properties, 'PolicyName')}|${requiredText(request.properties, 'RoleName')}` };
      },
      update: request => {
        attachTo(roles, request, [requiredText(request.properties, 'RoleName')]);
        return { physicalId: request.physicalId };
      },
      delete: request => {
        const [policyName, roleName] = request.physicalId.split('|');
        roles.detach(request.environment, [roleName], policyName);
      },
    },
    'AWS::IAM::ManagedPolicy': {
      replacementProperties: ['ManagedPolicyName', 'Path', 'Description'],
      create: request => {
        const { account, region } = request.environment;
        const name = text(request.properties, 'ManagedPolicyName') ?? request.name(128);
        const arn = `arn:${partitionOf(region)}:iam::${account}:policy${text(request.properties, 'Path') ?? '/'}${name}`;
        try {
          iam.putManagedPolicy(arn, document(request.properties, 'PolicyDocument'));
        } catch (error) {
          throw serviceFailure(error, 'Iam');
        }
        roles.attachManaged(request.environment, texts(request.properties, 'Roles'), arn);
        return { physicalId: arn, attributes: { PolicyArn: arn, PolicyId: name } };
      },
      update: request => {
        iam.putManagedPolicy(request.physicalId, document(request.properties, 'PolicyDocument'));
        roles.detachManaged(request.physicalId);
        roles.attachManaged(request.environment, texts(request.properties, 'Roles'), request.physicalId);
        return { physicalId: request.physicalId };
      },
      delete: request => {
        roles.detachManaged(request.physicalId);
        iam.deleteManagedPolicy(request.physicalId);
      },
    },
    'AWS::IAM::InstanceProfile': {
      replacementProperties: ['InstanceProfileName', 'Path'],
      create: request => {
        const { account, region } = request.environment;
        texts(request.properties, 'Roles').forEach(name => roles.arnOf(request.environment, name));
        const name = text(request.properties, 'InstanceProfileName') ?? request.name(128);
        const path = text(request.properties, 'Path') ?? '/';
        const arn = `arn:${partitionOf(region)}:iam::${account}:instance-profile${path}${name}`;
        iam.addInstanceProfile(arn);
        return { physicalId: name, attributes: { Arn: arn } };
      },
      update: request => ({ physicalId: request.physicalId }),
      delete: request => iam.deleteInstanceProfile(String(request.attributes.Arn)),
    },
  };
}

function putRole(roles: Roles, { environment, properties }: ResourceRequest, name: string): CreatedResource {
  const path = text(properties, 'Path') ?? '/';
  const arn = `arn:${partitionOf(environment.region)}:iam::${environment.account}:role${path}${name}`;
  try {
    roles.createOrReplace(arn, {
      account: environment.account,
      partition: partitionOf(environment.region),
      name,
      path,
      trustPolicy: document(properties, 'AssumeRolePolicyDocument'),
      inlinePolicies: Object.fromEntries(
        objects(properties, 'Policies').map(policy => [requiredText(policy, 'PolicyName'), document(policy, 'PolicyDocument')])),
      managedPolicyArns: texts(properties, 'ManagedPolicyArns'),
      permissionsBoundary: text(properties, 'PermissionsBoundary'),
    });
  } catch (error) {
    throw serviceFailure(error, 'Iam');
  }
  return { physicalId: name, attributes: { Arn: arn, RoleId: `AROA${Buffer.from(arn).toString('hex').slice(-16).toUpperCase()}` } };
}

function attachTo(roles: Roles, { environment, properties }: ResourceRequest, roleNames: readonly string[]): void {
  try {
    roles.attach(environment, roleNames, requiredText(properties, 'PolicyName'), document(properties, 'PolicyDocument'));
  } catch (error) {
    throw serviceFailure(error, 'Iam');
  }
}
