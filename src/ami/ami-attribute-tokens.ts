import { CustomResource, Fn, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ImageAttributes } from '../contract';
import { imageArn } from '../provider/ec2-resources';

/** Attributes of an AMI, as tokens that CloudFormation resolves. */
export interface AmiAttributes {
  readonly imageId: string;
  readonly imageArn: string;
  readonly imageName: string;
  readonly architecture: string;
  readonly rootDeviceName: string;
  readonly rootSnapshotId: string;
  readonly snapshotIds: string[];
}

export function getAttributeTokens(scope: Construct, resource: CustomResource): AmiAttributes {
  const attribute = (name: keyof ImageAttributes) => resource.getAttString(name);
  const imageId = attribute('ImageId');
  return {
    imageId,
    imageArn: imageArn(Stack.of(scope), imageId),
    imageName: attribute('ImageName'),
    architecture: attribute('Architecture'),
    rootDeviceName: attribute('RootDeviceName'),
    rootSnapshotId: attribute('RootSnapshotId'),
    snapshotIds: Fn.split(',', attribute('SnapshotIds')),
  };
}
