/** As EC2 writes the times of images: whole seconds, with zeros for the milliseconds. */
export function wholeSeconds(milliseconds: number): string {
  return new Date(Math.floor(milliseconds / 1000) * 1000).toISOString();
}

/** The same as a date, for times that are not text. */
export function dateInWholeSeconds(milliseconds: number): Date {
  return new Date(wholeSeconds(milliseconds));
}
