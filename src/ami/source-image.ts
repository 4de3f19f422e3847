import { Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as cxschema from 'aws-cdk-lib/cloud-assembly-schema';
import { Construct } from 'constructs';
import * as messages from './messages';
import { isImageId } from '../contract/image-id';

const { ERROR, WARN, INFO } = cxschema.ArtifactMetadataEntryType;

/** Refuses IDs of a source that the handler could not use. */
export function validateSourceImageId(imageId: string): void {
  if (Token.isUnresolved(imageId)) {
    return;
  }
  if (imageId.startsWith('resolve:ssm:')) {
    throw new Error(messages.sourceImageResolvedByLaunch(imageId));
  }
  if (imageId === 'ami-1234' || imageId.startsWith('dummy-value-for-')) {
    // CDK's placeholders while a lookup is not in the context yet: the command line looks it up, and synthesizes again
    return;
  }
  if (!isImageId(imageId)) {
    throw new Error(messages.sourceImageIdMalformed(imageId));
  }
}

/** The AMI of a source in a Region; without one, in the Region of the stack. */
export function getSourceImage(scope: Construct, source: ec2.IMachineImage, region: string | undefined): ec2.MachineImageConfig {
  return region === undefined ? source.getImage(scope) : imageInRegion(scope, source, region);
}

/**
 * The operating system of a source, and new user data for each instance: two instances with the same user data would run each other's commands.
 * `getImage()` is called in a scope that is removed afterwards, because a source may define constructs that only its ID needs, such as a mapping of
 * Regions to IDs.
 */
export function getLaunchConfig(scope: Construct, source: ec2.IMachineImage, region?: string): Pick<ec2.MachineImageConfig, 'osType' | 'userData'> {
  const probe = new Construct(scope, 'Probe');
  try {
    const { osType, userData } = getSourceImage(probe, source, region);
    return { osType, userData };
  } finally {
    scope.node.tryRemoveChild('Probe');
  }
}

/** A stack in the Region of the source, for `getImage()`, which takes the Region from its stack. It is removed afterwards and never deployed. */
class SourceRegionStack extends Stack {
  public constructor(scope: Construct, private readonly owner: Stack, region: string) {
    super(scope, 'SourceRegion', { env: { region, account: owner.account } });
  }

  public reportMissingContextKey(report: cxschema.MissingContext): void {
    this.owner.reportMissingContextKey(report);
  }
}

function imageInRegion(scope: Construct, source: ec2.IMachineImage, region: string): ec2.MachineImageConfig {
  const sourceRegionStack = new SourceRegionStack(scope, Stack.of(scope), region);
  try {
    const image = source.getImage(sourceRegionStack);
    copyAnnotations(sourceRegionStack, scope);
    if (sourceRegionStack.node.children.length > 0) {
      throw new Error(messages.sourceImageUnknownAtSynthesis(region));
    }
    return image;
  } finally {
    scope.node.tryRemoveChild('SourceRegion');
  }
}

/** Keeps the annotations of a scope that is removed, such as that a lookup has found nothing: the command line deploys nothing that has an error. */
function copyAnnotations(from: Construct, to: Construct): void {
  for (const { type, data } of from.node.metadata) {
    if ([ERROR, WARN, INFO].some(message => message === type)) {
      to.node.addMetadata(type, data);
    }
  }
}
