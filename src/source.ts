import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

/** Refuses ids of a source that the handler could do nothing with. */
export function checkSource(imageId: string): void {
  if (Token.isUnresolved(imageId)) {
    return;
  }
  if (imageId.startsWith('resolve:ssm:')) {
    throw new Error(
      `source must be known by its id when the stack deploys, got ${JSON.stringify(imageId)}, which only a launch resolves: ` +
      'use MachineImage.fromSsmParameter(), which CloudFormation resolves',
    );
  }
  if (!/^ami-[0-9a-f]{8,17}$/.test(imageId)) {
    throw new Error(`source must have an id such as "ami-0123456789abcdef0", got ${JSON.stringify(imageId)}: check where the source takes it from`);
  }
}

/**
 * The operating system of a source, and user data of its own for one more instance: two instances with one user data would run each other's
 * commands. Asked in a scope that does not stay, because a source may define things that only its id needs, such as a mapping of Regions to ids.
 */
export function freshUserData(scope: Construct, source: ec2.IMachineImage): Pick<ec2.MachineImageConfig, 'osType' | 'userData'> {
  const probe = new Construct(scope, 'Probe');
  try {
    const { osType, userData } = source.getImage(probe);
    return { osType, userData };
  } finally {
    scope.node.tryRemoveChild('Probe');
  }
}
