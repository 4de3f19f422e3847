/*
 * Names that EC2 allows for an AMI, for the constructs and for the handler: a name that is a token is known only to the latter.
 */

/**
 * The characters of the parameter Name of CreateImage and RegisterImage. The text of `InvalidAMIName.Malformed` has no `[ ] ' @` and no space: whether
 * EC2 allows them is left to EC2.
 */
const ALLOWED = /^[A-Za-z0-9()[\] ./'@_-]*$/;

/**
 * The error of a name; undefined if EC2 allows it. See the parameter Name of CopyImage in the Amazon EC2 API Reference.
 */
export function imageNameError(name: string): string | undefined {
  return nameError('imageName', name, 3, 128);
}

/** The same for the beginning of a name, which leaves 32 characters for the suffix that makes it unique. */
export function imageNamePrefixError(prefix: string): string | undefined {
  return nameError('imageNamePrefix', prefix, 1, 96);
}

function nameError(prop: string, text: string, min: number, max: number): string | undefined {
  if (text.length < min || text.length > max) {
    return `\`${prop}\` must have ${min} to ${max} characters, but ${JSON.stringify(text)} has ${text.length}. Choose another one, or remove it.`;
  }
  const refused = [...text].find(character => !ALLOWED.test(character));
  return refused === undefined ? undefined
    : `\`${prop}\` can have letters, digits, spaces and ( ) [ ] . / - ' @ _ only, but ${JSON.stringify(text)} has ${JSON.stringify(refused)}. Choose another one, or remove it.`;
}
