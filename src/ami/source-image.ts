import { Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as cxschema from 'aws-cdk-lib/cloud-assembly-schema';
import { Construct } from 'constructs';
import { EXAMPLE_IMAGE_ID, isImageId } from '../contract/image-id';

const { ERROR, WARN, INFO } = cxschema.ArtifactMetadataEntryType;

/** Refuses ids of a source that the handler could do nothing with. */
export function checkSource(imageId: string): void {
  if (Token.isUnresolved(imageId)) {
    return;
  }
  if (imageId.startsWith('resolve:ssm:')) {
    throw new Error(
      `\`sourceImage\` must have an ID that is known when the stack deploys, but ${JSON.stringify(imageId)} is resolved only by a launch. ` +
      'Use MachineImage.fromSsmParameter(), which CloudFormation resolves.',
    );
  }
  if (imageId === 'ami-1234' || imageId.startsWith('dummy-value-for-')) {
    // what CDK says while a lookup is not in the context yet: the command line makes it, and synthesizes again
    return;
  }
  if (!isImageId(imageId)) {
    throw new Error(`\`sourceImage\` must have an ID such as "${EXAMPLE_IMAGE_ID}", but has ${JSON.stringify(imageId)}. Check where the ID comes from.`);
  }
}

/** The image that a source means in a Region; without one, in the Region of the stack. */
export function imageOf(scope: Construct, source: ec2.IMachineImage, region: string | undefined): ec2.MachineImageConfig {
  return region === undefined ? source.getImage(scope) : imageInRegion(scope, source, region);
}

/**
 * The operating system of a source, and user data of its own for one more instance: two instances with one user data would run each other's
 * commands. Asked in a scope that does not stay, because a source may define things that only its id needs, such as a mapping of Regions to ids.
 */
export function freshUserData(scope: Construct, source: ec2.IMachineImage, region?: string): Pick<ec2.MachineImageConfig, 'osType' | 'userData'> {
  const probe = new Construct(scope, 'Probe');
  try {
    const { osType, userData } = imageOf(probe, source, region);
    return { osType, userData };
  } finally {
    scope.node.tryRemoveChild('Probe');
  }
}

/** The Region that a source is in, as far as a stack's Region goes: never deployed, and gone once the source has said which image it means. */
class SourceRegionStack extends Stack {
  public constructor(scope: Construct, private readonly asking: Stack, region: string) {
    const account = Token.isUnresolved(asking.account) ? undefined : asking.account;
    super(scope, 'SourceRegion', { env: { region, account } });
  }

  public reportMissingContextKey(report: cxschema.MissingContext): void {
    this.asking.reportMissingContextKey(report);
  }
}

function imageInRegion(scope: Construct, source: ec2.IMachineImage, region: string): ec2.MachineImageConfig {
  const sourceRegionStack = new SourceRegionStack(scope, Stack.of(scope), region);
  try {
    const image = source.getImage(sourceRegionStack);
    copyAnnotations(sourceRegionStack, scope);
    if (sourceRegionStack.node.children.length > 0) {
      throw new Error(
        `\`sourceImage\` must be known when the app is synthesized, because \`sourceRegion\` is ${region} and CloudFormation looks up SSM parameters only in the Region of ` +
        'the stack. Set `cachedInContext: true`, or pass the ID with MachineImage.genericLinux().',
      );
    }
    return image;
  } finally {
    scope.node.tryRemoveChild('SourceRegion');
  }
}

/** What is said of a scope that does not stay, such as that a lookup has found nothing: the command line deploys nothing that has an error. */
function copyAnnotations(from: Construct, to: Construct): void {
  for (const { type, data } of from.node.metadata) {
    if ([ERROR, WARN, INFO].some(message => message === type)) {
      to.node.addMetadata(type, data);
    }
  }
}
