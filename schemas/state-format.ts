import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

/** How a processor's aggregates stand in its snapshots: what `write` wrote, `read` gives back, equal in all it can do. */
export interface StateFormat<S> {
  /**
   * A new one whenever `write`, `read`, or what `evolve` makes of an old event changes: snapshots of another version
   * are not read, the journal is folded instead. A golden file holds today's bytes.
   */
  readonly version: string;
  write(state: S, to: ByteWriter): void;
  /** Throws a RangeError if the bytes end early. */
  read(from: ByteReader): S;
}
