import { expect, test } from 'vitest';
import { chunkKinds, entryBytes, writeEntry } from '../../schemas/snapshot-chunk.ts';
import { encodeManifest, hashOf, manifestKeyOf, previousHeader } from '../../schemas/snapshot-manifest.ts';
import type { LogReader, LogRecord } from './log.ts';
import { readSnapshot } from './read-snapshot.ts';

const of = 'catalogue/0 of 4';
const version = 'catalogue-2';
const chunkOf = (kind: number, content: Buffer): Buffer => Buffer.concat([Buffer.from([kind]), content]);

function entry(key: string, state: Buffer): Buffer {
  const bytes = Buffer.alloc(entryBytes(key, state.length));
  writeEntry(bytes, 0, key, Number.POSITIVE_INFINITY, state);
  return bytes;
}
const small = Buffer.concat([entry('s/A', Buffer.from('one')), entry('s/B', Buffer.from('two'))]);
const large = entry('s/C', Buffer.alloc(100, 'x'));
const chunks = [
  chunkOf(chunkKinds.entries, small),
  chunkOf(chunkKinds.part, large.subarray(0, 60)),
  chunkOf(chunkKinds.lastPart, large.subarray(60)),
];

/** A topic with records of other snapshots around one that is whole, unless a test spoils it. */
function topic(spoil: (chunks: Buffer[]) => void = () => undefined, named: Partial<{ of: string }> = {}) {
  const stored = chunks.map((chunk) => Buffer.from(chunk));
  spoil(stored);
  const manifest = encodeManifest({
    of,
    version,
    ...named,
    slot: 0,
    previous: null,
    position: { offset: 40, seq: 30, writer: 'w' },
    timeMs: 1,
    highestCause: 99,
    marks: [],
    lastSent: [],
    entries: 3,
    archived: 0,
    parked: 0,
    chunks: chunks.map((chunk, i) => ({ offset: i + 1, hash: hashOf(chunk) })),
  });
  // twelve chunks of the next snapshot stand behind it: each names this manifest
  const next = Array.from({ length: 12 }, () => Buffer.from([chunkKinds.entries]));
  const values = [Buffer.from('older'), ...stored, manifest, ...next];
  const records = values.map(
    (value, i): LogRecord => ({
      offset: BigInt(i),
      timestampMs: 0,
      key: Buffer.from(i === stored.length + 1 ? manifestKeyOf(0) : `x/${i}`),
      value,
      headers: i > stored.length + 1 ? [[previousHeader, Buffer.from('4')]] : [],
    }),
  );
  const reader: LogReader = {
    read(_, from, sink) {
      const left = records.filter(({ offset }) => offset >= from);
      queueMicrotask(() => void sink.onRecords(left));
      return { stop: () => undefined };
    },
    close: () => Promise.resolve(),
  };
  return {
    reader,
    at: { topic: 't', partition: 0 },
    range: { first: 0n, end: BigInt(records.length) },
    of,
    version,
  };
}

test('reads every state of the newest whole snapshot, large ones put together', async () => {
  const snapshot = await readSnapshot(topic());
  expect(snapshot?.manifest).toMatchObject({ position: { seq: 30 }, highestCause: 99 });
  const states = [...(snapshot?.entries() ?? [])].map(({ key, bytes, stateAt, end }) => [
    key,
    bytes.toString('utf8', stateAt, end),
  ]);
  expect(states).toEqual([
    ['s/A', 'one'],
    ['s/B', 'two'],
    ['s/C', 'x'.repeat(100)],
  ]);
});

test.each<[string, () => Parameters<typeof readSnapshot>[0]]>([
  ['a chunk that was changed', () => topic((stored) => stored[0]?.writeUInt8(9, 20))],
  ['a snapshot of another partition', () => topic(undefined, { of: 'catalogue/1 of 4' })],
  ['one in another format', () => ({ ...topic(), version: 'catalogue-3' })],
  ['an empty topic', () => ({ ...topic(), range: { first: 0n, end: 0n } })],
  ['one whose chunks are gone', () => ({ ...topic(), range: { first: 3n, end: 17n } })],
])('uses no %s', async (_, reading) => {
  expect(await readSnapshot(reading())).toBeNull();
});
