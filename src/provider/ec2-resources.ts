import { Aws, Stack } from 'aws-cdk-lib';
import { Conditions } from './handler-policies';
import { ID_TAG, OWNER_TAG } from '../contract';

/** The ARN of an EC2 resource, or of all resources of its type. */
export function ec2Arn(stack: Stack, resource: string, resourceName = '*'): string {
  return stack.formatArn({ service: 'ec2', resource, resourceName });
}

/** The same for resources that another account can share with AWS RAM, such as subnets: their ARNs have the account of the owner. */
export function ec2ArnOfAnyAccount(stack: Stack, resource: string, resourceName = '*'): string {
  return stack.formatArn({ service: 'ec2', account: '*', resource, resourceName });
}

/** The same for AMIs, whose ARNs have no account. */
export function imageArn(stack: Stack, imageId = '*', region?: string): string {
  return stack.formatArn({ service: 'ec2', region, account: '', resource: 'image', resourceName: imageId });
}

/** The same for snapshots, whose ARNs have no account. */
export function snapshotArn(stack: Stack, snapshotId = '*', region?: string): string {
  return stack.formatArn({ service: 'ec2', region, account: '', resource: 'snapshot', resourceName: snapshotId });
}

/** Only resources with the owner tag of this stack. */
export function onlyOwned(): Conditions {
  return { StringLike: { [`aws:ResourceTag/${OWNER_TAG}`]: `${Aws.STACK_ID}/*` } };
}

/** Only resources that are created with the owner tag of this stack; for CreateTags, only as part of the call that creates them. */
export function onlyNewlyTagged(createAction?: string): Conditions {
  return {
    ...createAction ? { StringEquals: { 'ec2:CreateAction': createAction } } : {},
    StringLike: { [`aws:RequestTag/${OWNER_TAG}`]: `${Aws.STACK_ID}/*` },
  };
}

/** Allows only the tag with the ID of a resource, on resources with the owner tag of this stack. */
export function onlyIdTag(): Conditions {
  return { ...onlyOwned(), 'ForAllValues:StringEquals': { 'aws:TagKeys': [ID_TAG] }, 'Null': { 'aws:TagKeys': 'false' } };
}
