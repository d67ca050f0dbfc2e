let endsWithReader = true;

/**
 * Ends this process as SIGPIPE would (exit 141) when the reader of its stdout goes away, as under `| head`; lines on a
 * stderr nobody reads are dropped. Unhandled, each such write is an uncaught error, and telling of it is the next.
 */
export function endWithReader(): void {
  process.stdout.on('error', () => {
    if (endsWithReader) process.exit(141);
  });
  process.stderr.on('error', () => undefined);
}

/** From now on the process lives on without a reader: it holds more than its output. */
export function outliveReader(): void {
  endsWithReader = false;
}
