/** Makes Ctrl-C an ordinary end: without this Node ends without the `exit` event, at which processes that were started end, too. */
export function exitOnInterruption(): void {
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}
