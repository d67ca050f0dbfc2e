import avsc from 'avsc';
import type { AvroComplex, AvroSchema } from './avro-schema.ts';
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
  const layout = layoutOf(topic);
  /** By writer schema id; null for our own, which needs none. */
  const resolvers = new Map<number, avsc.Resolver | null>([[schemaId, null]]);
  return {
    topic,
    schemaId,
    encode(value) {
      const end = encodeInto(scratch, layout, value);
      scratch[0] = magic;
      scratch.writeInt32BE(schemaId, 1);
      const record = Buffer.allocUnsafe(end);
      scratch.copy(record, 0, 0, end);
      return record;
    },
    decode(bytes) {
      if (bytes === null) return unreadable('unexpected-tombstone', 'the value is null');
      const buffer = Buffer.isBuffer(bytes)
        ? bytes
        : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (buffer.length < headerBytes) return unreadable('too-short', `${buffer.length} bytes, at least 5`);
      if (buffer[0] !== magic) return unreadable('bad-magic', `first byte ${buffer[0]}, must be 0`);
      const id = buffer.readInt32BE(1);
      const resolver = resolvers.get(id);
      if (resolver === undefined) return { is: 'unknown-schema', schemaId: id };
      return decodeEnvelope<T>(layout, resolver, buffer);
    },
    addWriter(id, schema) {
      resolvers.set(id, layout.envelope.createResolver(toType(schema)));
    },
  };
}

/**
 * An envelope cut at its body, which stands last: Avro writes a record's fields one after the other, and a union as
 * the branch's number before its value (avro.apache.org, binary encoding). Head and body are written and read
 * apart, so that no record is copied to put avsc's wrapper around its body or to take it off.
 */
interface Layout {
  readonly topic: string;
  readonly envelope: avsc.Type;
  readonly head: avsc.Type;
  readonly bodies: readonly BodyType[];
  readonly numberOf: ReadonlyMap<string, number>;
}
interface BodyType {
  readonly name: string;
  readonly type: avsc.Type;
}

/** More, and the number of a branch would take two bytes. */
const bodiesMax = 64;

function layoutOf(topic: string): Layout {
  const schema = schemaOfTopic(topic) as AvroComplex;
  const envelope = toType(schema) as avsc.types.RecordType;
  const last = envelope.fields.at(-1);
  if (last?.name !== 'body') throw new TypeError(`${topic}: the last field of its envelope is not the body`);
  const bodies = (last.type as avsc.types.WrappedUnionType).types.map((type) => ({
    name: shortName(type.branchName ?? ''),
    type,
  }));
  if (bodies.length > bodiesMax)
    throw new TypeError(`${topic} has ${bodies.length} bodies, at most ${bodiesMax}`);
  const head = toType({ ...schema, fields: schema.fields?.slice(0, -1) ?? [] });
  return {
    topic,
    envelope,
    head,
    bodies,
    numberOf: new Map(bodies.map(({ name }, number) => [name, number])),
  };
}

const shortName = (qualified: string): string => qualified.slice(qualified.lastIndexOf('.') + 1);

/** Writes the record behind the header and returns its end. Throws a TypeError that names what does not fit. */
function encodeInto(bytes: Buffer, layout: Layout, value: { readonly body: Body }): number {
  const { topic, head, bodies, numberOf } = layout;
  const number = numberOf.get(value.body.type);
  const body = number === undefined ? undefined : bodies[number];
  if (number === undefined || !body) throw new TypeError(`${topic} has no body ${value.body.type}`);
  const bodyAt = encodePart(bytes, headerBytes, head, value, `${topic}:`);
  bytes[bodyAt] = number * 2;
  return encodePart(bytes, bodyAt + 1, body.type, value.body, `${topic}: ${body.name}`);
}

/** avsc names the bad value but not where it is. */
function encodePart(bytes: Buffer, at: number, type: avsc.Type, value: unknown, what: string): number {
  let end: number;
  try {
    end = type.encode(value, bytes, at);
  } catch (cause) {
    const paths: string[] = [];
    type.isValid(value, { errorHook: (path) => paths.push(path.join('.')) });
    throw new TypeError(`${what} the record does not fit its schema at ${paths.join(', ')}`, { cause });
  }
  if (end < 0 || end >= bytes.length) throw new TypeError(`${what} the record exceeds ${bytes.length} bytes`);
  return end;
}

interface Read {
  readonly value: unknown;
  /** Behind the value; negative if the bytes end before it. */
  readonly offset: number;
}

function decodeEnvelope<T>(layout: Layout, resolver: avsc.Resolver | null, buffer: Buffer): Decoded<T> {
  replacementsRead = 0;
  try {
    const read = resolver ? readResolved(layout, resolver, buffer) : readOwn(layout, buffer);
    return judgeRead(buffer, read) as Decoded<T>;
  } catch (error) {
    return faultOf(error);
  }
}

/** A payload without a header under any schema, by the same rules as a topic's records. */
export function decodePayload(schema: AvroSchema, payload: Buffer): Decoded<unknown> {
  replacementsRead = 0;
  try {
    return judgeRead(payload, toType(schema).decode(payload, 0));
  } catch (error) {
    return faultOf(error);
  }
}

function faultOf(error: unknown): Decoded<never> {
  const detail = error instanceof Error ? error.message : String(error);
  return unreadable(detail.includes('precision') ? 'range' : 'decode', detail);
}

function judgeRead(buffer: Buffer, { value, offset }: Read): Decoded<unknown> {
  if (offset < 0) return unreadable('decode', 'the payload ends early');
  if (offset < buffer.length) {
    return unreadable('trailing-bytes', `${buffer.length - offset} bytes after the record`);
  }
  // avsc replaces bytes that are not UTF-8 by U+FFFD in silence: one that the bytes do not hold gives it away
  if (replacementsRead > 0 && replacementsRead > countOf(replacementBytes, buffer)) {
    return unreadable('encoding', 'a string is not UTF-8');
  }
  return { is: 'value', value };
}

function countOf(part: Buffer, buffer: Buffer): number {
  let count = 0;
  for (let at = buffer.indexOf(part); at >= 0; at = buffer.indexOf(part, at + part.length)) count += 1;
  return count;
}

const endsEarly: Read = { value: undefined, offset: -1 };

function readOwn({ head, bodies }: Layout, buffer: Buffer): Read {
  const { value: envelope, offset } = head.decode(buffer, headerBytes);
  if (offset < 0 || offset >= buffer.length) return endsEarly;
  const zigzag = buffer[offset] ?? 0;
  const body = zigzag % 2 === 0 && zigzag < 2 * bodiesMax ? bodies[zigzag / 2] : undefined;
  if (!body) throw new RangeError('the body is of no known kind');
  const read: Read = body.type.decode(buffer, offset + 1);
  if (read.offset < 0) return endsEarly;
  return { value: withBody(envelope, body.name, read.value), offset: read.offset };
}

/** Of another version of the schema. `{ body: { 'ns.HoldPlaced': {…} } }` of avsc becomes ours. */
function readResolved({ envelope: type }: Layout, resolver: avsc.Resolver, buffer: Buffer): Read {
  const { value: envelope, offset }: Read = (type as ResolvingType).decode(buffer, headerBytes, resolver);
  if (offset < 0) return endsEarly;
  const [branch] = Object.entries((envelope as { readonly body: object }).body);
  if (!branch) throw new TypeError('an empty union value');
  return { value: withBody(envelope, shortName(branch[0]), branch[1]), offset };
}

/** Both are fresh from avsc and nobody else's: they are completed in place. */
function withBody(envelope: unknown, type: string, body: unknown): unknown {
  (body as { type: string }).type = type;
  (envelope as { body: unknown }).body = body;
  return envelope;
}

/** avsc resolves with the reader's own `decode`; its typings leave the resolver out (mtth/avsc#134). */
interface ResolvingType {
  decode(buffer: Buffer, position: number, resolver: avsc.Resolver): Read;
}

const unreadable = (reason: FrameFault, detail: string): Decoded<never> => ({
  is: 'unreadable',
  reason,
  detail,
});

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
  /** Undefined if the bytes end before it does. */
  readString(): string | undefined;
}

const replacementCharacter = '\uFFFD';
const replacementBytes = Buffer.from(replacementCharacter);
/** U+FFFD in the strings read since it was last set 0. Decoding is synchronous: no two share it. */
let replacementsRead = 0;

function readWatched(tap: Tap): string | undefined {
  const text = tap.readString();
  if (text?.includes(replacementCharacter)) replacementsRead += text.split(replacementCharacter).length - 1;
  return text;
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

// avsc freezes its types, and resolvers copy `_read` from them: the prototypes are the only place for both.
(avsc.types.ArrayType.prototype as unknown as ArrayReader)._read = readCapped;
(avsc.types.StringType.prototype as unknown as { _read: typeof readWatched })._read = readWatched;
