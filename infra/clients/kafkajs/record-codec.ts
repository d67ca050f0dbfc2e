/**
 * kafkajs's codec of one record, faster: it writes once into a buffer of the exact size and reads without an object
 * for each number (performance.md §2, first lever). Tests hold the bytes and fields equal to the original's, which
 * still does whatever is out of the ordinary. Format: kafka.apache.org/documentation, record format v2.
 */
export interface OutgoingKafkaRecord {
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
  readonly key?: string | Buffer | null;
  readonly value?: string | Buffer | null;
  readonly headers?: Readonly<Record<string, unknown>>;
}

/** What kafkajs reads of an encoder. */
export interface EncodedRecord {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

export interface RecordDecoder {
  readonly buffer: Buffer;
  offset: number;
}

export interface BatchContext {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly maxTimestamp?: string;
  readonly magicByte: number;
  readonly isControlBatch?: boolean;
  readonly timestampType: number;
}

export interface DecodedKafkaRecord {
  readonly magicByte: number;
  readonly attributes: number;
  readonly timestamp: string;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly isControlRecord: boolean;
  readonly batchContext: BatchContext;
}

type EncodeRecord = (record: OutgoingKafkaRecord) => EncodedRecord;
type DecodeRecord = (decoder: RecordDecoder, context: BatchContext) => DecodedKafkaRecord;

/** Zigzag doubles a number; above this it would leave 31 bits. */
const zigzagMax = 0x3fffffff;

const isBytes = (value: unknown): value is string | Buffer =>
  typeof value === 'string' || Buffer.isBuffer(value);
const isBytesOrNothing = (value: unknown): boolean => value === null || value === undefined || isBytes(value);
const lengthOf = (value: string | Buffer): number =>
  typeof value === 'string' ? textLength(value) : value.length;

/** Up to so many characters a loop is quicker than a call of Node's. */
const shortTextMax = 32;

/** Bytes of a text in UTF-8. */
function textLength(text: string): number {
  if (text.length > shortTextMax) return Buffer.byteLength(text);
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0x7f) return Buffer.byteLength(text);
  return text.length;
}

function writeText(bytes: Buffer, at: number, text: string, length: number): void {
  if (length > shortTextMax || length > text.length) bytes.write(text, at, length);
  else for (let i = 0; i < length; i += 1) bytes[at + i] = text.charCodeAt(i);
}

/** Bytes of the unsigned varint of a zigzag number. */
function varintSize(zigzag: number): number {
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x200000) return 3;
  return zigzag < 0x10000000 ? 4 : 5;
}

function writeVarint(bytes: Buffer, at: number, zigzag: number): number {
  let position = at;
  let left = zigzag;
  while (left >= 0x80) {
    bytes[position] = (left & 0x7f) | 0x80;
    left >>>= 7;
    position += 1;
  }
  bytes[position] = left;
  return position + 1;
}

function writeBytes(bytes: Buffer, at: number, value: string | Buffer, length: number): number {
  const position = writeVarint(bytes, at, length * 2);
  if (typeof value === 'string') writeText(bytes, position, value, length);
  else value.copy(bytes, position);
  return position + length;
}

const sizeWithLength = (length: number): number => varintSize(length * 2) + length;
const nothing = 1; // the zigzag of -1

const noNames: readonly never[] = [];
const noHeaders: Readonly<Record<string, unknown>> = Object.freeze({});

export function createRecordEncoder(original: EncodeRecord): EncodeRecord {
  /** Of the values of the headers: each is measured once. */
  const lengths: number[] = [];

  return function encodeRecord(record) {
    const { offsetDelta = 0, timestampDelta = 0, key, value, headers = noHeaders } = record;
    const names = headers === noHeaders ? noNames : Object.keys(headers);
    let isOrdinary =
      Number.isInteger(timestampDelta) &&
      timestampDelta >= 0 &&
      timestampDelta <= zigzagMax &&
      isBytesOrNothing(key) &&
      isBytesOrNothing(value);
    for (const name of names) isOrdinary &&= isBytes(headers[name]);
    if (!isOrdinary) return original(record);

    const keyLength = key == null ? -1 : lengthOf(key);
    const valueLength = value == null ? -1 : lengthOf(value);
    let bodySize =
      1 + varintSize(timestampDelta * 2) + varintSize(offsetDelta * 2) + varintSize(names.length * 2);
    bodySize += keyLength < 0 ? 1 : sizeWithLength(keyLength);
    bodySize += valueLength < 0 ? 1 : sizeWithLength(valueLength);
    for (let i = 0; i < names.length; i += 1) {
      const name = names[i] ?? '';
      const length = lengthOf(headers[name] as string | Buffer);
      lengths[i] = length;
      bodySize += sizeWithLength(textLength(name)) + sizeWithLength(length);
    }

    const bytes = Buffer.allocUnsafe(varintSize(bodySize * 2) + bodySize);
    let at = writeVarint(bytes, 0, bodySize * 2);
    bytes[at] = 0; // no attributes
    at = writeVarint(bytes, at + 1, timestampDelta * 2);
    at = writeVarint(bytes, at, offsetDelta * 2);
    at = key == null ? writeVarint(bytes, at, nothing) : writeBytes(bytes, at, key, keyLength);
    at = value == null ? writeVarint(bytes, at, nothing) : writeBytes(bytes, at, value, valueLength);
    at = writeVarint(bytes, at, names.length * 2);
    for (let i = 0; i < names.length; i += 1) {
      const name = names[i] ?? '';
      at = writeBytes(bytes, at, name, textLength(name));
      at = writeBytes(bytes, at, headers[name] as string | Buffer, lengths[i] ?? 0);
    }
    return { buf: bytes, buffer: bytes };
  };
}

const logAppendTime = 1;

/** A record that claims more headers than it has bytes. */
export class TooManyHeaders extends RangeError {
  constructor() {
    super('a record claims more headers than it has bytes: its bytes are not what the broker was given');
    this.name = 'TooManyHeaders';
  }
}

export function createRecordDecoder(original: DecodeRecord): DecodeRecord {
  let lastContext: BatchContext | null = null;
  let firstOffset = 0;
  let firstTimestamp = 0;
  let at = 0;

  /** An unsigned varint of at most four bytes; -1 if it is longer. */
  function readVarint(bytes: Buffer): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return -1;
  }

  let lastName = '';

  /** Most records of a topic have the same header: its name is made once. */
  function readName(bytes: Buffer, size: number): string {
    const from = at;
    at += size;
    if (size === lastName.length && isAscii(bytes, from, lastName)) return lastName;
    lastName = bytes.toString('utf8', from, at);
    return lastName;
  }

  /** Null where a header is out of the ordinary: repeated, without a name, cut off. Throws TooManyHeaders. */
  function readHeaders(bytes: Buffer): Readonly<Record<string, unknown>> | null {
    const count = readVarint(bytes);
    if (count === 0) return noHeaders;
    // kafkajs would loop over whatever number stands here, up to 2^31 times
    if (count < 0 || count > bytes.length) throw new TooManyHeaders();
    if ((count & 1) !== 0) return null;
    const headers: Record<string, unknown> = {};
    for (let left = count; left > 0; left -= 2) {
      const nameSize = readVarint(bytes);
      if (nameSize < 0 || (nameSize & 1) !== 0) return null;
      const name = readName(bytes, nameSize >>> 1);
      const valueSize = readVarint(bytes);
      if (!isSize(valueSize) || name === '__proto__' || name in headers) return null;
      headers[name] = valueSize === nothing ? null : bytes.subarray(at, (at += valueSize >>> 1));
    }
    return headers;
  }

  return function decodeRecord(decoder, context) {
    if (context !== lastContext) {
      lastContext = context;
      firstOffset = Number(context.firstOffset);
      firstTimestamp = Number(context.firstTimestamp);
    }
    const bytes = decoder.buffer;
    at = decoder.offset + 1;
    const timestampDelta = readVarint(bytes);
    const offsetDelta = readVarint(bytes);
    const keySize = readVarint(bytes);
    const keyAt = at;
    if (keySize > nothing) at += keySize >>> 1;
    const valueSize = readVarint(bytes);
    const valueAt = at;
    if (valueSize > nothing) at += valueSize >>> 1;
    const headers = readHeaders(bytes);
    const isOrdinary =
      headers !== null &&
      at === bytes.length &&
      timestampDelta >= 0 &&
      (timestampDelta & 1) === 0 &&
      offsetDelta >= 0 &&
      (offsetDelta & 1) === 0 &&
      isSize(keySize) &&
      isSize(valueSize) &&
      Number.isSafeInteger(firstOffset + offsetDelta);
    if (!isOrdinary) return original(decoder, context);
    const { timestampType, maxTimestamp, magicByte, isControlBatch = false } = context;
    return {
      magicByte,
      attributes: bytes.readInt8(decoder.offset),
      timestamp:
        timestampType === logAppendTime && maxTimestamp !== undefined
          ? maxTimestamp
          : String(firstTimestamp + (timestampDelta >>> 1)),
      offset: String(firstOffset + (offsetDelta >>> 1)),
      key: keySize === nothing ? null : bytes.subarray(keyAt, keyAt + (keySize >>> 1)),
      value: valueSize === nothing ? null : bytes.subarray(valueAt, valueAt + (valueSize >>> 1)),
      headers,
      isControlRecord: isControlBatch,
      batchContext: context,
    };
  };
}

/** Whether these bytes are that text, all of it ASCII. */
function isAscii(bytes: Buffer, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code > 0x7f || bytes[at + i] !== code) return false;
  }
  return true;
}

/** A zigzag length that is a length or "nothing". */
const isSize = (zigzag: number): boolean => zigzag === nothing || (zigzag >= 0 && (zigzag & 1) === 0);

/** kafkajs copies a partition's list for every message: quadratic (kafka.md §2). */
export function groupMessages<M>(of: {
  readonly topic: string;
  readonly partitionMetadata: readonly unknown[];
  readonly messages: readonly M[];
  readonly partitioner: (of: { topic: string; partitionMetadata: readonly unknown[]; message: M }) => number;
}): Record<number, M[]> {
  const { topic, partitionMetadata, messages, partitioner } = of;
  const groups: Record<number, M[]> = {};
  if (partitionMetadata.length === 0) return groups;
  for (const message of messages) {
    const partition = partitioner({ topic, partitionMetadata, message });
    const group = groups[partition];
    if (group) group.push(message);
    else groups[partition] = [message];
  }
  return groups;
}
