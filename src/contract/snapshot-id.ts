/*
 * The form of the ID of a snapshot, for the constructs and for the handler: an ID that is a token is known only to the latter.
 */

/** The error of an ID; undefined if it has the form of one. EC2 refuses some of these as malformed too. */
export function snapshotIdError(snapshotId: string): string | undefined {
  return /^snap-[0-9a-f]{8,17}$/.test(snapshotId) ? undefined
    : `\`snapshotId\` must be an ID such as "snap-0123456789abcdef0", but is ${JSON.stringify(snapshotId)}. Check where the ID comes from.`;
}
