import { LocalAws } from '../local-aws/local-aws';

/** A resource of a stack, as CloudFormation knows it. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly definition: { readonly Metadata?: unknown };
}

/** An AMI that a stack asks for. */
export interface RequestedAmi {
  readonly path: string;
  readonly imageId: string;
  /** One sentence. */
  readonly request: string;
}

interface Volume {
  readonly DeviceName?: string;
  readonly EncryptionKeyArn?: string;
  readonly Volume?: string;
}

const AMI_TYPES = /^Custom::(EncryptedAmiCopy|MultiKeyAmi|InstanceAmi)$/;

/** The stacks of apps, by their names. */
export function listStacks(aws: LocalAws): string[] {
  const { StackSummaries = [] } = aws.cloudFormation.listStacks(aws, {});
  return StackSummaries.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE').map(({ StackName }) => StackName!).filter(name => name !== 'CDKToolkit');
}

export function listResources(aws: LocalAws): StackResource[] {
  return listStacks(aws).flatMap(name => [...aws.cloudFormation.stack(aws, name).resources.values()]);
}

/** The AMIs of this library. `nameKey` gives the name of a key by its ARN. */
export function listRequestedAmis(resources: readonly StackResource[], nameKey: (arn: string) => string): RequestedAmi[] {
  return resources.filter(({ type }) => AMI_TYPES.test(type)).map(resource => ({
    path: pathOf(resource),
    imageId: String(resource.attributes.ImageId),
    request: `${resource.type.replace('Custom::', '')} ${describeRequest(resource.properties, nameKey)}`,
  }));
}

/** The path of the construct, without the parts that every construct has. */
export function pathOf({ definition, logicalId }: StackResource): string {
  const path = (definition.Metadata as Record<string, string> | undefined)?.['aws:cdk:path'];
  return path?.replace(/\/Default$/, '').replace(/\/Resource$/, '') ?? logicalId;
}

function describeRequest(properties: Readonly<Record<string, unknown>>, nameKey: (arn: string) => string): string {
  const { SourceImageId, SourceRegion, InstanceId, Encryption, EncryptionKeyArn } = properties as Partial<Record<string, string>>;
  const { RootVolume, BlockDevices = [] } = properties as { RootVolume?: Volume; BlockDevices?: readonly Volume[] };
  const source = `of ${SourceImageId ?? InstanceId}${SourceRegion === undefined ? '' : ` in ${SourceRegion}`}`;
  if (EncryptionKeyArn !== undefined) {
    return `${source}: every snapshot with ${nameKey(EncryptionKeyArn)}`;
  }
  if (Encryption !== undefined) {
    return `${source}: ${Encryption === 'DEFAULT_KEY' ? "every snapshot with the account's default key for EBS" : 'each snapshot as in the source'}`;
  }
  const parts = [...RootVolume ? [{ ...RootVolume, DeviceName: 'the root' }] : [], ...BlockDevices].map(({ DeviceName, EncryptionKeyArn: key, Volume: volume }) =>
    volume === 'NONE' ? `no ${DeviceName}` : key === undefined ? `${DeviceName} with its key` : `${DeviceName} with ${nameKey(key)}`);
  return `${source}: ${[...parts, 'the rest as it is'].join(', ')}`;
}
