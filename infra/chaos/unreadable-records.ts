import { setTimeout as wait } from 'node:timers/promises';
import { inboxOf, quarantineOf } from '../../schemas/topic-catalogue.ts';
import type { LogReader, LogRecord, OutgoingRecord, TopicPartition } from '../clients/log.ts';
import { readPartition } from '../clients/read-partition.ts';
import { between, type ChaosRun } from './chaos-run.ts';

/** A record nobody can read, as it stands in an inbox. */
export interface UnreadableRecord extends TopicPartition {
  readonly offset: bigint;
  readonly value: Buffer;
}

/** Those whose inboxes have commands beside Ticks: a hundred unreadable records with nothing between stop a partition. */
const processors = ['orders', 'stock'] as const;
const everyMs = 1_000;

/** Bytes without our frame, too few of them, and a source that is none: what no schema registry is asked about. */
const kinds: readonly ((n: number) => OutgoingRecord)[] = [
  (n) => ({ key: `unreadable-${n}`, value: Buffer.from(`unreadable record ${n}`) }),
  (n) => ({ key: `unreadable-${n}`, value: Buffer.of(0, n % 256) }),
  (n) => ({
    key: `unreadable-${n}`,
    value: Buffer.from(`record ${n} of nobody`),
    headers: { source: 'nobody' },
  }),
];

/** Puts an unreadable record a second into a partition of each of these inboxes, until `act` is over. */
export async function amongUnreadable(run: ChaosRun, act: () => Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const put = async (): Promise<void> => {
    for (let n = 0; !over.signal.aborted; n += 1) {
      await putUnreadable(run, n);
      await wait(everyMs);
    }
  };
  const [acted, fed] = await Promise.allSettled([act().finally(() => over.abort()), put()]);
  if (acted.status === 'rejected') throw acted.reason;
  if (fed.status === 'rejected') throw fed.reason;
}

async function putUnreadable(run: ChaosRun, n: number): Promise<void> {
  const { log, partitions } = run.sources;
  const record = kinds[n % kinds.length]?.(n);
  if (record === undefined) throw new RangeError(`there is no kind ${n} of unreadable record`);
  const appends = processors.map((processor) => ({
    topic: inboxOf(processor),
    partition: between(run, 0, partitions - 1),
    records: [record],
  }));
  for (const [i, outcome] of (await log.append(appends)).entries()) {
    const at = appends[i];
    // one that may stand there or not is left to the auditor, who reads the inbox
    if (!at || outcome.is !== 'appended') continue;
    const { topic, partition } = at;
    run.unreadable.push({ topic, partition, offset: outcome.baseOffset, value: record.value });
    run.tally.add('unreadableRecords');
  }
}

/** What became of the bytes of unreadable records. */
export interface KeptBytes {
  /** Records whose bytes stand nowhere in quarantine, as `<topic>/<partition>:<offset>`. */
  readonly lost: readonly string[];
  /** Records whose bytes stand there more than once: their owner died between keeping them and saying so. */
  readonly again: number;
}

/**
 * Looks for the bytes of each record under its coordinate in the quarantine topics. That each stands in the journal as
 * quarantined, and once, is the auditor's to say; he does not read these topics. Once all of them are decided.
 */
export async function keptBytesOf({
  sources,
  unreadable,
}: Pick<ChaosRun, 'sources' | 'unreadable'>): Promise<KeptBytes> {
  const copies = new Map<string, Buffer[]>();
  for (const processor of processors)
    for await (const { key, value } of recordsOf(sources, quarantineOf(processor))) {
      const coordinate = key?.toString() ?? '';
      copies.set(coordinate, [...(copies.get(coordinate) ?? []), value ?? Buffer.alloc(0)]);
    }
  const lost: string[] = [];
  let again = 0;
  for (const { topic, partition, offset, value } of unreadable) {
    const coordinate = `${topic}/${partition}:${offset}`;
    const same = (copies.get(coordinate) ?? []).filter((copy) => copy.equals(value)).length;
    if (same === 0) lost.push(coordinate);
    if (same > 1) again += 1;
  }
  return { lost, again };
}

async function* recordsOf(
  { log, reader }: { readonly log: ChaosRun['sources']['log']; readonly reader: LogReader },
  topic: string,
): AsyncGenerator<LogRecord> {
  for (const [partition, range] of await log.offsetsOf(topic))
    for await (const records of readPartition(reader, { topic, partition }, range)) yield* records;
}
