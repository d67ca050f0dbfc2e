import { paymentDefaults } from '../../../processors/payments/payment-schedule.ts';
import { createOrdersDomain } from '../../../processors/orders/orders-domain.ts';
import { type LoadedSnapshot, loadSnapshot } from '../../../processors/runtime/load-snapshot.ts';
import { chunkKinds } from '../../../schemas/snapshot-chunk.ts';
import {
  chunkKeyOf,
  encodeManifest,
  hashOf,
  manifestKeyOf,
  previousHeader,
  snapshotNameOf,
  type SnapshotSlot,
} from '../../../schemas/snapshot-manifest.ts';
import { systemClock } from '../../clients/clock.ts';
import type { LogRecord } from '../../clients/log.ts';
import { partitions } from './fixtures.ts';
import { createMemoryJournal } from './memory-journal.ts';
import {
  type CaseRecord,
  type Disposition,
  isHappening,
  type SlotContents,
  stepsOf,
  type TopicCase,
} from './topic-case.ts';

const orders = createOrdersDomain({ holdTtlMs: 1, payments: paymentDefaults });
/** The journal of these cases: two Barriers, then 300 events of writer `a`. */
const journal = { writer: 'a', lastSeq: 300, barriers: 2 };

/** Has the production loader choose between two slots that a case describes. */
export async function runSnapshotCase(of: TopicCase): Promise<Disposition> {
  const [record] = stepsOf(of).filter((step) => !isHappening(step)) as readonly CaseRecord[];
  const { slots = {}, partition = 0, topic = '' } = record ?? {};
  const name = snapshotNameOf('orders', Number(partition), partitions);
  const written = writeSlots(slots, name);
  const memory = createMemoryJournal({ topic, partition: Number(partition) }, written.records);
  const why: string[] = [];
  const { loaded } = await loadSnapshot({
    processor: orders,
    of: name,
    at: memory.at,
    range: { first: 0n, end: written.end },
    reader: memory.reader,
    clock: systemClock,
    signal: new AbortController().signal,
    readEvent: async (offset) => eventAt(offset),
    onUnusable: (text) => why.push(text),
  });
  const used = loaded === null ? 'none' : written.ids.get(loaded.offset);
  return { status: `use:${used}`, problemType: null, detail: why.join('; ') };
}

function eventAt(offset: bigint): LoadedSnapshot<never>['last'] | null {
  const seq = Number(offset) - journal.barriers;
  if (seq < 1 || seq > journal.lastSeq) return null;
  const cause = { offset: seq, source: null, seq: null, index: null };
  const { writer } = journal;
  const event = {
    seq,
    writer,
    cause,
    atMs: seq,
    routedThrough: seq - 1,
    version: 1,
    body: { type: 'TimePassed' },
  };
  return { record: recordAt(offset, null, Buffer.alloc(0)), event };
}

interface Written {
  readonly records: LogRecord[];
  readonly end: bigint;
  /** Snapshot id by the offset of its manifest. */
  readonly ids: ReadonlyMap<bigint, string>;
}

/** Each slot's chunks, then its manifest; what is not `present` was compacted away and leaves its offset. */
function writeSlots(slots: Readonly<Record<string, SlotContents>>, name: string): Written {
  const records: LogRecord[] = [];
  const ids = new Map<bigint, string>();
  let end = 0n;
  let previous: bigint | null = null;
  const inOrder = Object.entries(slots).toSorted(
    ([, a], [, b]) => Number(a.writtenLast ?? false) - Number(b.writtenLast ?? false),
  );
  for (const [number, contents] of inOrder) {
    const slot: SnapshotSlot = number === '0' ? 0 : 1;
    const header = [[previousHeader, Buffer.from(String(previous ?? '-'))]] as const;
    const chunks = Array.from({ length: contents.chunks }, (_, i) => {
      const offset = end;
      end += 1n;
      const bytes = chunkOf(contents.chunkIds?.[i] ?? contents.id, i);
      if (contents.present.includes(i))
        records.push({ ...recordAt(offset, chunkKeyOf(slot, i), bytes), headers: header });
      return { offset: Number(offset), hash: hashOf(chunkOf(contents.id, i)) };
    });
    if (contents.manifest === null) continue;
    const { count, hash, seq, offset, writer, code } = contents.manifest;
    const [first] = chunks;
    if (hash !== 'ok' && first) first.hash = hashOf(Buffer.from('another'));
    while (chunks.length < count)
      chunks.push({ offset: Number(end) + chunks.length, hash: hashOf(Buffer.alloc(0)) });
    const value = encodeManifest({
      of: name,
      version: code === 'current' ? orders.format.version : code,
      slot,
      previous: previous === null ? null : Number(previous),
      position: { offset, seq, writer },
      timeMs: seq,
      highestCause: seq,
      marks: [],
      lastSent: [],
      entries: 0,
      archived: contents.chunks,
      parked: 0,
      chunks: chunks.slice(0, count),
    });
    records.push({ ...recordAt(end, manifestKeyOf(slot), value), headers: header });
    ids.set(end, contents.id);
    previous = end;
    end += 1n;
  }
  return { records, end, ids };
}

/** One archived id, another for each snapshot and chunk. */
const chunkOf = (id: string, index: number): Buffer =>
  Buffer.concat([Buffer.from([chunkKinds.archived]), hashOf(Buffer.from(`${id}/${index}`)).subarray(0, 8)]);

const recordAt = (offset: bigint, key: string | null, value: Buffer): LogRecord => ({
  offset,
  timestampMs: 0,
  key: key === null ? null : Buffer.from(key),
  value,
  headers: [],
});
