import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type BatchContext,
  createRecordDecoder,
  createRecordEncoder,
  type DecodedKafkaRecord,
  type EncodedRecord,
  groupMessages,
  type OutgoingKafkaRecord,
  type RecordDecoder,
} from './record-codec.ts';

const require = createRequire(import.meta.url);
const originalEncode = require('kafkajs/src/protocol/recordBatch/record/v0/index.js') as (
  record: OutgoingKafkaRecord,
) => EncodedRecord;
const originalDecode = require('kafkajs/src/protocol/recordBatch/record/v0/decoder.js') as (
  decoder: RecordDecoder,
  context: BatchContext,
) => DecodedKafkaRecord;
const Decoder = require('kafkajs/src/protocol/decoder.js') as new (
  bytes: Buffer,
) => RecordDecoder & {
  readVarIntBytes(): Buffer;
};

let leftToOriginal = 0;
const encode = createRecordEncoder((record) => {
  leftToOriginal += 1;
  return originalEncode(record);
});
const decode = createRecordDecoder((decoder, context) => {
  leftToOriginal += 1;
  return originalDecode(decoder, context);
});

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }).filter((each) => each.isWellFormed()),
  fc.string({ unit: 'binary-ascii', maxLength: 100 }),
);
/** Mostly the same few, as in a topic. */
const headerNames = fc
  .oneof(fc.constantFrom('source', 'sourcf', 'sourcé', 'traceparent'), text)
  .filter((name) => name !== '__proto__');
const record: fc.Arbitrary<OutgoingKafkaRecord> = fc.record({
  offsetDelta: fc.oneof(fc.nat(1_000), fc.nat(1_000_000)),
  timestampDelta: fc.oneof(fc.constant(0), fc.nat(100_000_000)),
  key: fc.oneof(text, bytes, fc.constant(null)),
  value: fc.oneof(bytes, text, fc.constant(null)),
  headers: fc.dictionary(headerNames, fc.oneof(text, bytes), { maxKeys: 3, noNullPrototype: true }),
});
const context = fc.record({
  firstOffset: fc.oneof(fc.nat(1_000), fc.maxSafeNat()).map(String),
  firstTimestamp: fc.nat(2_000_000_000_000).map(String),
  maxTimestamp: fc.nat(2_000_000_000_000).map(String),
  magicByte: fc.constant(2),
  isControlBatch: fc.boolean(),
  timestampType: fc.constantFrom(0, 1),
});

test('writes the very bytes that kafkajs writes', () => {
  leftToOriginal = 0;
  fc.assert(
    fc.property(record, (each) => {
      expect(encode(each).buffer.equals(originalEncode(each).buffer)).toBe(true);
    }),
    { numRuns: 1_000 },
  );
  expect(leftToOriginal).toBe(0);
});

test.each<[string, OutgoingKafkaRecord]>([
  ['a negative timestamp delta', { timestampDelta: -5, key: 'k', value: Buffer.from('v') }],
  ['a header with several values', { key: 'k', value: null, headers: { h: ['a', 'b'] } }],
])('leaves %s to kafkajs', (_, each) => {
  expect(encode(each).buffer.equals(originalEncode(each).buffer)).toBe(true);
});

test('writes lengths of every varint size as kafkajs does', () => {
  for (const length of [0, 1, 63, 64, 8_191, 8_192, 1_048_575, 1_048_576]) {
    const each = { key: null, value: Buffer.alloc(length, 7), offsetDelta: length };
    expect(encode(each).buffer.equals(originalEncode(each).buffer)).toBe(true);
  }
});

/** The decoder that kafkajs hands to the record's: over the record without its length. */
const decoderOf = (from: Buffer): RecordDecoder => new Decoder(new Decoder(from).readVarIntBytes());

test('reads the very fields that kafkajs reads, with and without headers', () => {
  leftToOriginal = 0;
  fc.assert(
    fc.property(record, context, (each, batch) => {
      const { buffer } = originalEncode(each);
      expect(decode(decoderOf(buffer), batch)).toEqual(originalDecode(decoderOf(buffer), batch));
    }),
    { numRuns: 1_000 },
  );
  expect(leftToOriginal).toBeLessThan(250); // offsets near 2^53, long deltas
});

test.each<[string, Readonly<Record<string, unknown>>]>([
  ['a repeated header', { h: ['a', 'b'] }],
  ['a header named like a method', { toString: 'a', valueOf: 'b' }],
])('reads %s as kafkajs does', (_, headers) => {
  const { buffer } = originalEncode({ key: 'k', value: null, headers });
  const batch = { firstOffset: '5', firstTimestamp: '7', magicByte: 2, timestampType: 0 };
  expect(decode(decoderOf(buffer), batch)).toEqual(originalDecode(decoderOf(buffer), batch));
});

test('takes no header name that is no UTF-8 for the one before it', () => {
  const batch = { firstOffset: '5', firstTimestamp: '7', magicByte: 2, timestampType: 0 };
  decode(decoderOf(originalEncode({ key: 'k', value: null, headers: { éé: 'a' } }).buffer), batch);
  const { buffer } = originalEncode({ key: 'k', value: null, headers: { hh: 'a' } });
  buffer.fill(0xe9, buffer.indexOf('hh'), buffer.indexOf('hh') + 2);
  expect(decode(decoderOf(buffer), batch)).toEqual(originalDecode(decoderOf(buffer), batch));
});

test('reads whatever bytes there are as kafkajs does, or fails where it fails', () => {
  const outcome = (read: () => DecodedKafkaRecord): unknown => {
    try {
      return read();
    } catch (error) {
      return error instanceof Error ? error.name : error;
    }
  };
  fc.assert(
    // numbers of one byte: with longer ones the original may loop 2^31 times over headers that are not there
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 30, max: 0x7f }), context, (array, batch) => {
      const from = Buffer.from(array);
      const ours = outcome(() => decode(new Decoder(from), batch));
      if (ours === 'TooManyHeaders') return;
      expect(ours).toEqual(outcome(() => originalDecode(new Decoder(from), batch)));
    }),
    { numRuns: 2_000 },
  );
});

test('groups messages by partition in their order, without copying', () => {
  const messages = Array.from({ length: 5_000 }, (_, i) => ({ partition: i % 3, i }));
  const groups = groupMessages({
    topic: 't',
    partitionMetadata: [1],
    messages,
    partitioner: ({ message }) => message.partition,
  });
  expect(groups[1]?.slice(0, 3)).toEqual([messages[1], messages[4], messages[7]]);
  expect(Object.values(groups).flat()).toHaveLength(5_000);
  expect(groupMessages({ topic: 't', partitionMetadata: [], messages, partitioner: () => 0 })).toEqual({});
});

test('refuses a record that claims more headers than it has bytes, at once', () => {
  const claims = Buffer.from([0, 0, 0, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f]);
  const batch = { firstOffset: '5', firstTimestamp: '7', magicByte: 2, timestampType: 0 };
  expect(() => decode(new Decoder(claims), batch)).toThrow('more headers than it has bytes');
});
