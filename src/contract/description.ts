/*
 * Descriptions that EC2 allows for an AMI, for the constructs and for the handler: a description that is a token is known only to the latter.
 */

const MAX_LENGTH = 255;

/** The error of a description; undefined if EC2 allows it: "Character sets beyond ASCII are not supported". */
export function descriptionError(description: string): string | undefined {
  const { length } = description;
  if (length === 0 || length > MAX_LENGTH) {
    return `\`description\` must have 1 to ${MAX_LENGTH} characters, but has ${length}. ${length === 0 ? 'Write one' : 'Shorten it'}, or remove it.`;
  }
  const refused = [...description].find(character => character > '\x7f');
  return refused === undefined ? undefined
    : `\`description\` can have ASCII characters only, but ${JSON.stringify(description)} has ${JSON.stringify(refused)}. Replace this character.`;
}
