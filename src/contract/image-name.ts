/*
 * What EC2 allows as the name of an image, for the construct and for the handler: a name that is a token is known only to the latter.
 */

/**
 * The characters on which all of EC2's own documents agree; CreateImage also lists `[ ] ' @` and the space, which the text of
 * `InvalidAMIName.Malformed` does not.
 */
const ALLOWED = /^[A-Za-z0-9()./_-]*$/;

/**
 * What is wrong with a name, as a sentence; nothing if it is one that EC2 allows.
 *
 * @see the parameter Name of CopyImage in the EC2 API reference
 */
export function imageNameError(name: string): string | undefined {
  if (name.length < 3 || name.length > 128) {
    return `imageName must have 3 to 128 characters, got ${name.length} (${JSON.stringify(name)}): choose another name, or leave imageName out`;
  }
  const strange = [...name].find(character => !ALLOWED.test(character));
  return strange === undefined ? undefined
    : `imageName may have letters, digits and ( ) . / _ - only, got ${JSON.stringify(strange)} in ${JSON.stringify(name)}: choose another name, or leave imageName out`;
}
