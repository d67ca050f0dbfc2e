/**
 * The bytes of a snapshot chunk (one record of `<processor>.snapshots.v1`): a kind, then its content.
 * An entry is never cut by the end of a chunk, but for one that is larger than a chunk: that one stands in parts,
 * in chunks of its own.
 */
export const chunkKinds = {
  /** Entries, one behind the other. */
  entries: 1,
  /** A piece of one large entry; more follow. */
  part: 2,
  /** The last piece of it. */
  lastPart: 3,
  /** Hashes of archived ids, 8 bytes each. */
  archived: 4,
  /** Parked commands, oldest first for each aggregate. */
  parked: 5,
} as const;

/** Half of what a record may hold: encoding one takes 1 to 2 ms of a turn that others wait for. */
export const chunkBytesMax = 512 * 1_024;

/** The content begins behind the kind. */
export const chunkStart = 1;

/** Length of the state (u32), time it falls due (f64), length of the key (u8). */
const headBytes = 13;
export const keyBytesMax = 255;

/** One aggregate in a chunk. */
export interface SnapshotEntry {
  readonly key: string;
  /** When it next falls due by itself, epoch ms; Infinity if never. */
  readonly dueAtMs: number;
  /** Its state's bytes are [stateAt, end). */
  readonly stateAt: number;
  readonly end: number;
}

/** The entry at `at`. Throws a RangeError if it does not end within `bytes`. */
export function readEntry(bytes: Buffer, at: number): SnapshotEntry {
  const stateBytes = bytes.readUInt32LE(at);
  const dueAtMs = bytes.readDoubleLE(at + 4);
  const keyAt = at + headBytes;
  const stateAt = keyAt + bytes.readUInt8(at + 12);
  const end = stateAt + stateBytes;
  if (end > bytes.length) throw new RangeError(`an entry ends at ${end} of ${bytes.length} bytes`);
  return { key: bytes.toString('utf8', keyAt, stateAt), dueAtMs, stateAt, end };
}

/** Length of the entry at `at`, key and head included. */
export const entryBytesAt = (bytes: Buffer, at: number): number =>
  headBytes + bytes.readUInt8(at + 12) + bytes.readUInt32LE(at);

/** When the aggregate of the entry at `at` next falls due by itself, epoch ms; Infinity if never. */
export const entryDueAtMs = (bytes: Buffer, at: number): number => bytes.readDoubleLE(at + 4);

/** Where the key of the entry at `at` begins, and its length in bytes. */
export const entryKeyAt = (at: number): number => at + headBytes;
export const entryKeyBytes = (bytes: Buffer, at: number): number => bytes.readUInt8(at + 12);

/** The entries of a chunk of kind `entries`, or of one large entry put together. */
export function* readEntries(bytes: Buffer): Generator<SnapshotEntry & { readonly at: number }> {
  for (let at = chunkStart; at < bytes.length; ) {
    const entry = readEntry(bytes, at);
    yield { at, ...entry };
    at = entry.end;
  }
}

/** Bytes an entry takes with this key and so many bytes of state. */
export const entryBytes = (key: string, stateBytes: number): number =>
  headBytes + Buffer.byteLength(key) + stateBytes;

/** Writes an entry at `at` and returns where it ends. There must be room. Throws if the key is too long. */
export function writeEntry(into: Buffer, at: number, key: string, dueAtMs: number, state: Buffer): number {
  const keyBytes = into.write(key, at + headBytes);
  if (keyBytes > keyBytesMax) throw new RangeError(`a key of ${keyBytes} bytes, at most ${keyBytesMax}`);
  into.writeUInt32LE(state.length, at);
  into.writeDoubleLE(dueAtMs, at + 4);
  into.writeUInt8(keyBytes, at + 12);
  state.copy(into, at + headBytes + keyBytes);
  return at + headBytes + keyBytes + state.length;
}
