import { AwsError } from '../../aws-call';

const codes: Readonly<Record<string, { readonly code: string; readonly noun: string }>> = {
  ami: { code: 'InvalidAMIID', noun: 'image id' },
  snap: { code: 'InvalidSnapshot', noun: 'snapshot' },
  vol: { code: 'InvalidVolume', noun: 'volume' },
  i: { code: 'InvalidInstanceID', noun: 'instance ID' },
  sir: { code: 'InvalidSpotInstanceRequestID', noun: 'spot instance request ID' },
};

export function notFound(prefix: keyof typeof codes, ids: readonly string[]): AwsError {
  const { code, noun } = codes[prefix];
  if (prefix === 'ami') {
    const [one] = ids;
    return new AwsError(`${code}.NotFound`, ids.length === 1 ? `The image id '[${one}]' does not exist` : `The image ids '[${ids.join(', ')}]' do not exist`);
  }
  if (ids.length > 1) {
    return new AwsError(`${code}.NotFound`, `The ${noun}s '${ids.join(', ')}' do not exist`);
  }
  return new AwsError(`${code}.NotFound`, prefix === 'i' || prefix === 'sir' ? `The ${noun} '${ids[0]}' does not exist` : `The ${noun} '${ids[0]}' does not exist.`);
}

/** Checks the form of an ID. */
export function checkId(prefix: keyof typeof codes, id: string): void {
  if (!new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`).test(id)) {
    const { code, noun } = codes[prefix];
    throw new AwsError(
      prefix === 'snap' || prefix === 'vol' ? `${code}ID.Malformed` : `${code}.Malformed`,
      prefix === 'ami' ? `Invalid id: "${id}" (expecting "ami-...")` : `Invalid ${noun}: "${id}"`,
    );
  }
}

export function unavailableImage(id: string): AwsError {
  return new AwsError('InvalidAMIID.Unavailable', `The image ID '${id}' is no longer available`);
}

export function invalidValue(value: unknown, parameter: string, reason = ''): AwsError {
  return new AwsError('InvalidParameterValue', `Value (${String(value)}) for parameter ${parameter} is invalid. ${reason}`.trim());
}

export function dependencyViolation(parameter: string, needed: string, code = 'InvalidParameterDependency'): AwsError {
  return new AwsError(code, `The parameter [${parameter}] requires the parameter ${needed} to be set.`);
}
