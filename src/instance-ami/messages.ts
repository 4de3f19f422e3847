/* Messages about AMIs of instances, in the form "Problem (ids): cause. Solution." */

export function instanceIdMalformed(instanceId: string): string {
  return `\`instance\` must have an ID such as "i-0123456789abcdef0", but has ${JSON.stringify(instanceId)}. Check where the ID comes from.`;
}

export function deleteOnTerminationOrNoMapping(deviceName: string, got: 'neither' | 'both'): string {
  return `\`blockDevices\` must have either \`deleteOnTermination\` or \`mappingEnabled: false\` for ${deviceName}, but has ${got}. ` +
    'Choose one, or remove the entry: devices without an entry stay as they are.';
}
