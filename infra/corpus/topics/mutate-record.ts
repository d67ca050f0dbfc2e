import type { AvroComplex, AvroSchema } from '../../../schemas/avro-schema.ts';
import type { Body } from '../../../schemas/envelope.ts';
import { formatSourceMark, sourceHeader } from '../../../schemas/source-mark.ts';
import type { ProcessorName } from '../../../schemas/topic-catalogue.ts';
import type { Draws } from '../../../processors/simulation/draws.ts';
import type { LogRecord } from '../../clients/log.ts';
import type { Fields } from './valid-record.ts';

/** A record on its way into an inbox, still to be spoiled. */
export interface Spoilable {
  key: Buffer | null;
  value: Buffer | null;
  headers: (readonly [string, Buffer])[];
  timestampMs: number;
}

/** Numbers at the edges of every range this schema's rules name, and beyond them. */
const numbers = [
  0,
  1,
  -1,
  2,
  7,
  99,
  100,
  101,
  500,
  99_999,
  100_001,
  1_000_000,
  1_000_001,
  999_999_999,
  1_000_000_000,
  1_000_000_001,
  2_147_483_647,
  4_294_967_296,
  Number.MAX_SAFE_INTEGER,
  -Number.MAX_SAFE_INTEGER,
] as const;
const texts = [
  '',
  ' ',
  '0',
  'S1',
  'S2',
  '85123A',
  'GBP',
  'EUR',
  'ZZZ',
  'o-',
  '\u0000',
  '\uFFFD',
  '😀'.repeat(9),
  '../..',
  '{}',
  'x'.repeat(300),
  'x'.repeat(9_000),
] as const;

/** A value of any schema: valid Avro, seldom good sense. */
export function randomOf(schema: AvroSchema, draws: Draws, depth = 0): unknown {
  if (typeof schema === 'string') return primitiveOf(schema, draws);
  if (Array.isArray(schema)) {
    const branches = schema as readonly AvroSchema[];
    return randomOf(branches[draws.below(branches.length)] ?? 'null', draws, depth);
  }
  const { type, symbols, items, fields, closed } = schema as AvroComplex;
  if (symbols) return symbols[draws.below(symbols.length)];
  if (closed) return draws.chance(0.9) ? closed[draws.below(closed.length)] : draws.pick(texts);
  if (type === 'array') {
    const count = depth > 1 ? draws.below(3) : draws.pick([0, 1, 1, 2, 3, 5, 101]);
    return Array.from({ length: count }, () => randomOf(items ?? 'null', draws, depth + 1));
  }
  if (type === 'record') {
    return Object.fromEntries(
      (fields ?? []).map((field) => [field.name, randomOf(field.type, draws, depth + 1)]),
    );
  }
  return primitiveOf(type, draws);
}

function primitiveOf(type: string, draws: Draws): unknown {
  if (type === 'null') return null;
  if (type === 'boolean') return draws.chance(0.5);
  if (type === 'int') return draws.pick(numbers) | 0;
  if (type === 'long') return draws.pick(numbers);
  if (type === 'bytes') return randomBytes(draws, draws.below(20));
  return draws.pick(texts);
}

const randomBytes = (draws: Draws, count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, () => draws.below(256)));

/** Some fields of a body given other values: those of another body of its type, an edge, or nothing. */
export function mutateFields(body: Body & Fields, branch: AvroComplex, draws: Draws): Body & Fields {
  const fields = branch.fields ?? [];
  const changed: Body & Fields = { ...body };
  for (let i = 1 + draws.below(3); i > 0 && fields.length > 0; i -= 1) {
    const field = fields[draws.below(fields.length)];
    if (field) changed[field.name] = randomOf(field.type, draws);
  }
  return changed;
}

/** Spoils bytes, id, key, header or time, one to three times. */
export function spoilRecord(record: Spoilable, processor: ProcessorName, draws: Draws): void {
  for (let i = 1 + draws.below(3); i > 0; i -= 1) draws.pick(spoilings)(record, draws, processor);
}

type Spoil = (record: Spoilable, draws: Draws, processor: ProcessorName) => void;

const inValue =
  (change: (bytes: Buffer, at: number, draws: Draws) => Buffer): Spoil =>
  (record, draws) => {
    const bytes = record.value;
    if (bytes && bytes.length > 0) record.value = change(bytes, draws.below(bytes.length), draws);
  };
const withByte = (bytes: Buffer, at: number, byte: number): Buffer => {
  const changed = Buffer.from(bytes);
  changed[at] = byte;
  return changed;
};
const cut = (bytes: Buffer, at: number, drop: number, add: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, at), add, bytes.subarray(at + drop)]);
/** Varints that lengths, counts and branches must not be. */
const wildVarints = [
  '01',
  '7f',
  'ffffffff0f',
  '80808080 10',
  'ffffffffffffffffff01',
  'ffffffffffffffffffff01',
  '8084af5f',
].map((hex) => Buffer.from(hex.replace(' ', ''), 'hex')) as [Buffer, ...Buffer[]];

const spoilings: readonly [Spoil, ...Spoil[]] = [
  inValue((bytes, at, draws) => withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << draws.below(8)))),
  inValue((bytes, at, draws) => withByte(bytes, at, draws.below(256))),
  inValue((bytes, at, draws) => cut(bytes, at, draws.below(9), randomBytes(draws, draws.below(9)))),
  inValue((bytes, at, draws) => cut(bytes, at, 1, draws.pick(wildVarints))),
  inValue((bytes, at) => bytes.subarray(0, at)),
  inValue((bytes, _, draws) => Buffer.concat([bytes, randomBytes(draws, 1 + draws.below(9))])),
  inValue((bytes, at) => Buffer.concat([bytes, bytes.subarray(at)])),
  inValue((bytes, _, draws) => {
    const changed = Buffer.from(bytes);
    if (bytes.length >= 5)
      changed.writeInt32BE(draws.pick([0, -1, 1, 101, 201, 301, 999_999, 2_147_483_647]), 1);
    return changed;
  }),
  (record) => {
    record.value = null;
  },
  (record, draws) => {
    record.value = randomBytes(draws, draws.below(120));
  },
  (record, draws) => {
    record.key = draws.pick([
      null,
      Buffer.alloc(0),
      Buffer.alloc(129, 107),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('tick:0'),
    ]);
  },
  (record, draws) => {
    if (record.key && record.key.length > 0)
      record.key = withByte(record.key, draws.below(record.key.length), 48 + draws.below(10));
  },
  (record, draws) => {
    record.headers.push([sourceHeader, Buffer.from(draws.pick(wildMarks))]);
  },
  (record, draws) => {
    record.headers.push([sourceHeader, randomBytes(draws, draws.below(200))]);
  },
  (record, draws) => {
    record.headers.push(['traceparent', randomBytes(draws, draws.below(60))]);
  },
  (record, draws) => {
    const pair = { seq: draws.below(50), index: draws.below(3) };
    const prev = draws.chance(0.7) ? null : { seq: draws.below(50), index: 0 };
    record.headers.push([
      sourceHeader,
      Buffer.from(formatSourceMark({ source: `stock/${draws.below(4)}`, pair, prev })),
    ]);
  },
  (record, draws) => {
    record.timestampMs = draws.pick([
      0,
      -1,
      record.timestampMs - 300_000,
      record.timestampMs + 1,
      record.timestampMs + 600_000,
      Number.MAX_SAFE_INTEGER,
    ]);
  },
];

const wildMarks = [
  'stock/3',
  'stock/99 1.0 -',
  'billing/1 1.0 -',
  'stock/3 1.0 - ',
  'STOCK/3 1.0 -',
  'stock/3 1.0',
  'stock/3 -1.0 -',
  'stock/3 9999999999999999.0 -',
  '',
  ' ',
] as const;

/** The record as it stands in the log. */
export const toLogRecord = ({ key, value, headers, timestampMs }: Spoilable, offset: bigint): LogRecord => ({
  offset,
  timestampMs,
  key,
  value,
  headers,
});
