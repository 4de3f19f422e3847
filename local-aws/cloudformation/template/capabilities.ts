import { AwsError } from '../../aws-call';
import { DesiredState } from '../stacks/stack';

const iamTypes = ['AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::InstanceProfile'];
const iamNames = ['RoleName', 'ManagedPolicyName', 'InstanceProfileName'];

/** CloudFormation creates IAM resources only with the capabilities of the request. */
export function requireCapabilities(target: DesiredState, capabilities: readonly string[] = []): void {
  const found = [...target.resources.values()].filter(definition => iamTypes.includes(definition.Type));
  const named = found.some(definition => iamNames.some(name => definition.Properties?.[name] !== undefined));
  const needed = named ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM';
  if (found.length > 0 && !capabilities.includes(needed) && !capabilities.includes('CAPABILITY_NAMED_IAM')) {
    throw new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${needed}]`);
  }
}
