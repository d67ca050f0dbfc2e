import avsc from 'avsc';
import type { AvroSchema } from './avro-schema.ts';
import type { Body } from './envelope.ts';
import { schemaOfTopic } from './topic-catalogue.ts';

/** Why the bytes of a record cannot be read; a closed list, it stands in `CommandQuarantined`. */
export type FrameFault =
  | 'unexpected-tombstone'
  | 'too-short'
  | 'bad-magic'
  | 'decode'
  | 'trailing-bytes'
  | 'range'
  | 'encoding';

export type Decoded<T> =
  | { readonly is: 'value'; readonly value: T }
  | { readonly is: 'unreadable'; readonly reason: FrameFault; readonly detail: string }
  /** Not a fault of the record: its writer schema is not known here yet. Ask the registry, then `addWriter`. */
  | { readonly is: 'unknown-schema'; readonly schemaId: number };

/** Encodes and decodes the values of one topic, synchronously, in the Confluent wire format. */
export interface TopicCodec<T> {
  readonly topic: string;
  /** Registry id of the schema this build writes. */
  readonly schemaId: number;
  /** Throws a TypeError naming the path if the value does not fit the schema: a bug of the caller. */
  encode(value: T): Buffer;
  decode(bytes: Uint8Array | null): Decoded<T>;
  /** Makes records of another writer schema readable. Throws if this build's schema cannot read it. */
  addWriter(schemaId: number, schema: AvroSchema): void;
}

const magic = 0;
const headerBytes = 5;
const scratch = Buffer.allocUnsafeSlow(1_048_576);

/**
 * A codec for `topic` whose own schema has `schemaId`. `T` is the generated envelope type of that topic.
 * Wire format: byte 0, schema id as a big-endian int32, Avro binary (docs.confluent.io, wire format).
 */
export function createTopicCodec<T extends { readonly body: Body }>(
  topic: string,
  schemaId: number,
): TopicCodec<T> {
  const reader = toType(schemaOfTopic(topic));
  const qualified = bodyNames(reader);
  /** By writer schema id; null for our own, which needs none. */
  const resolvers = new Map<number, avsc.Resolver | null>([[schemaId, null]]);
  return {
    topic,
    schemaId,
    encode(value) {
      const name = qualified.get(value.body.type);
      if (!name) throw new TypeError(`${topic} has no body ${value.body.type}`);
      const end = encodeInto(scratch, reader, { ...value, body: { [name]: value.body } }, topic);
      if (end < 0) throw new TypeError(`${topic}: the record exceeds ${scratch.length} bytes`);
      scratch[0] = magic;
      scratch.writeInt32BE(schemaId, 1);
      return Buffer.from(scratch.subarray(0, end));
    },
    decode(bytes) {
      if (bytes === null) return unreadable('unexpected-tombstone', 'the value is null');
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (buffer.length < headerBytes) return unreadable('too-short', `${buffer.length} bytes, at least 5`);
      if (buffer[0] !== magic) return unreadable('bad-magic', `first byte ${buffer[0]}, must be 0`);
      const id = buffer.readInt32BE(1);
      const resolver = resolvers.get(id);
      if (resolver === undefined) return { is: 'unknown-schema', schemaId: id };
      return decodeBody<T>(reader, resolver, buffer);
    },
    addWriter(id, schema) {
      resolvers.set(id, reader.createResolver(toType(schema)));
    },
  };
}

/** Writes the record behind the header; negative if there is no room. avsc names the bad value but not where it is. */
function encodeInto(bytes: Buffer, type: avsc.Type, value: unknown, topic: string): number {
  try {
    return type.encode(value, bytes, headerBytes);
  } catch (cause) {
    const paths: string[] = [];
    type.isValid(value, { errorHook: (path) => paths.push(path.join('.')) });
    throw new TypeError(`${topic}: the record does not fit its schema at ${paths.join(', ')}`, { cause });
  }
}

function decodeBody<T>(reader: avsc.Type, resolver: avsc.Resolver | null, buffer: Buffer): Decoded<T> {
  let decoded: { readonly value: unknown; readonly offset: number };
  try {
    decoded = resolver
      ? (reader as ResolvingType).decode(buffer, headerBytes, resolver)
      : reader.decode(buffer, headerBytes);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return unreadable(detail.includes('precision') ? 'range' : 'decode', detail);
  }
  if (decoded.offset < 0) return unreadable('decode', 'the payload ends early');
  if (decoded.offset < buffer.length) {
    return unreadable('trailing-bytes', `${buffer.length - decoded.offset} bytes after the record`);
  }
  if (hasForeignBytes(decoded.value, buffer)) return unreadable('encoding', 'a string is not UTF-8');
  return { is: 'value', value: unwrap(decoded.value) as T };
}

/** avsc resolves with the reader's own `decode`; its typings leave the resolver out (mtth/avsc#134). */
interface ResolvingType {
  decode(buffer: Buffer, position: number, resolver: avsc.Resolver): { value: unknown; offset: number };
}

const unreadable = (reason: FrameFault, detail: string): Decoded<never> => ({
  is: 'unreadable',
  reason,
  detail,
});

/** avsc replaces bytes that are not UTF-8 by U+FFFD in silence: a U+FFFD the bytes do not hold gives it away. */
function hasForeignBytes(value: unknown, buffer: Buffer): boolean {
  return !buffer.includes(replacementBytes) && holdsReplacement(value);
}

const replacementCharacter = '\uFFFD';
const replacementBytes = Buffer.from(replacementCharacter);

function holdsReplacement(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(replacementCharacter);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  return Object.values(value).some(holdsReplacement);
}

/** `{ body: { 'ns.HoldPlaced': {…} } }` of avsc becomes `{ body: { type: 'HoldPlaced', … } }` of ours. */
function unwrap(value: unknown): unknown {
  const envelope = value as { readonly body: object };
  const [branch] = Object.entries(envelope.body) as [string, object][];
  if (!branch) throw new TypeError('an empty union value');
  const type = branch[0].slice(branch[0].lastIndexOf('.') + 1);
  return { ...envelope, body: { type, ...branch[1] } };
}

function bodyNames(envelope: avsc.Type): ReadonlyMap<string, string> {
  const field = (envelope as avsc.types.RecordType).fields.find(({ name }) => name === 'body');
  const union = field?.type as avsc.types.WrappedUnionType | undefined;
  if (!union) throw new TypeError('the envelope has no body');
  return new Map(
    union.types.map((type) => {
      const name = (type as avsc.types.RecordType).name ?? '';
      return [name.slice(name.lastIndexOf('.') + 1), name];
    }),
  );
}

const toType = (schema: AvroSchema): avsc.Type =>
  avsc.Type.forSchema(schema as avsc.Schema, { omitRecordMethods: true });

const arrayItemsMax = 10_000;

/** What avsc calls on an array type or its resolver; not in its typings. */
interface ArrayReader {
  readonly itemsType: { _read(tap: Tap): unknown };
  _read(tap: Tap): unknown[];
}
interface Tap {
  readonly buf: Buffer;
  readonly pos: number;
  readLong(): number;
  skipLong(): void;
}

/** Of avsc's own: `new Array(n)` with the n of the payload, so five bytes could ask for gigabytes. */
function readCapped(this: ArrayReader, tap: Tap): unknown[] {
  const values: unknown[] = [];
  for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
    if (count < 0) {
      count = -count;
      tap.skipLong();
    }
    if (count > tap.buf.length - tap.pos || values.length + count > arrayItemsMax) {
      throw new RangeError(`an array of ${count} items in ${tap.buf.length} bytes, at most ${arrayItemsMax}`);
    }
    for (let i = 0; i < count; i += 1) values.push(this.itemsType._read(tap));
  }
  return values;
}

// avsc freezes its types, and resolvers copy `_read` from them: the prototype is the only place for the cap.
(avsc.types.ArrayType.prototype as unknown as ArrayReader)._read = readCapped;
