/** Formats a time like EC2's image times: whole seconds, with `.000`. */
export function wholeSeconds(milliseconds: number): string {
  return new Date(Math.floor(milliseconds / 1000) * 1000).toISOString();
}

/** The same as a `Date`, for members with a timestamp type. */
export function dateInWholeSeconds(milliseconds: number): Date {
  return new Date(wholeSeconds(milliseconds));
}
