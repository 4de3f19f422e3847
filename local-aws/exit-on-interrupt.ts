/** Turns Ctrl-C into a normal exit. Otherwise Node does not emit the `exit` event, in which started processes are stopped. */
export function exitOnInterruption(): void {
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}
