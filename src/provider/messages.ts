/* Messages about resources that all AMIs of a stack share, in the form "Problem (ids): cause. Solution." */

export function twoLogGroups(path: string, otherPath: string): string {
  return `All AMIs of a stack share one log group, but got the \`logGroup\` ${path} and the \`logGroup\` ${otherPath}. Pass the same to all of them.`;
}

export function twoHandlerRoleNames(name: string, otherName: string): string {
  return `All AMIs of a stack share one handler role, but got the \`handlerRoleName\` ${name} and the \`handlerRoleName\` ${otherName}. Pass the same to all of them.`;
}

export function handlerRoleNameMalformed(name: string): string {
  return `\`handlerRoleName\` must have 1 to 64 letters, digits and characters of "+=,.@_-", but is ${JSON.stringify(name)}. Choose another name.`;
}

export function twoStateMachineKeys(path: string, otherPath: string): string {
  return `All AMIs of a stack share one state machine, but got the \`stateMachineEncryptionKey\` ${path} and the \`stateMachineEncryptionKey\` ${otherPath}. Pass the same to all of them.`;
}

export function stateMachineKeyIsAlias(): string {
  return '`stateMachineEncryptionKey` must be a key, but is an alias: a policy cannot name a key by its alias. Use kms.Key.fromKeyArn().';
}

export function aliasOfSourceRegion(aliasName: string, sourceRegion: string): string {
  return `\`sourceEncryptionKeys\` must have the ARNs of keys of \`sourceRegion\`, ${sourceRegion}, but has the alias ${JSON.stringify(aliasName)}, which is of the Region of the stack. ` +
    'Use kms.Key.fromKeyArn().';
}

export function manyPolicies(max: number): string {
  return `More than ${max} AMIs of this stack use a source that the same stack creates. Each of them needs a policy of its own, and all policies of a role together are limited to 10,240 ` +
    'characters, so the deployment can fail with "Maximum policy size of 10240 bytes exceeded". Move some of the AMIs to another stack.';
}
