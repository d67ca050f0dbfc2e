import type { Body, EventEnvelope } from '../../../schemas/envelope.ts';
import { isManifestKey } from '../../../schemas/snapshot-manifest.ts';
import { sourceHeader } from '../../../schemas/source-mark.ts';
import { inboxOf, journalOf, snapshotsOf } from '../../../schemas/topic-catalogue.ts';
import { readRange } from '../../../processors/runtime/read-range.ts';
import { createKafkajsLogReader } from '../../clients/kafkajs/kafkajs-log-reader.ts';
import type { LogReader, LogRecord, OffsetRange } from '../../clients/log.ts';
import { connectSchemaRegistry } from '../../clients/schema-registry.ts';
import type { Block } from '../saga-lite/arm.ts';
import { silent } from '../saga-lite/block-engines.ts';
import { sagaLitePartitions } from '../saga-lite/workload.ts';
import type { TaxSwitches } from './tax-arm.ts';

/** What a run left on the log that only a part which was on can have written. */
export interface ProtocolTraces {
  /** Partitions of the orders journal that begin with a Barrier. */
  readonly barriers: number;
  /** Records with a source mark among the last of stock's inbox partitions. */
  readonly marks: number;
  /** Complete snapshots of orders and stock. */
  readonly snapshots: number;
}

/** Of each partition: long enough that Ticks are not all of it. */
const lastRecords = 100n;

export async function readTraces({ engines, log }: Block): Promise<ProtocolTraces> {
  const topics = [journalOf('orders'), inboxOf('stock'), snapshotsOf('orders'), snapshotsOf('stock')];
  const connection = { brokers: [engines.brokers], clientId: 'bench-traces', logger: silent };
  const registryUrl = engines.environment['MILLRACE_REGISTRY_URL'] ?? '';
  const registry = await connectSchemaRegistry({ url: registryUrl, logger: silent });
  const journal = registry.createCodec<EventEnvelope<Body>>('orders.events.v1');
  const isBarrier = ({ value }: LogRecord): boolean => {
    const decoded = journal.decode(value);
    if (decoded.is !== 'value') throw new Error(`the journal begins with a record that is ${decoded.is}`);
    return decoded.value.body.type === 'Barrier';
  };
  const isMarked = ({ headers }: LogRecord): boolean => headers.some(([name]) => name === sourceHeader);
  const isManifest = ({ key }: LogRecord): boolean => isManifestKey(key?.toString() ?? '');
  const reader = await createKafkajsLogReader({ ...connection, topics });
  const count = async (topic: string, part: Part, is: (record: LogRecord) => boolean): Promise<number> =>
    countRecords(reader, { topic, ranges: await log.offsetsOf(topic), part }, is);
  try {
    return {
      barriers: await count(
        journalOf('orders'),
        ({ first, end }) => ({ first, end: min(first + 1n, end) }),
        isBarrier,
      ),
      marks: await count(
        inboxOf('stock'),
        ({ first, end }) => ({ first: max(first, end - lastRecords), end }),
        isMarked,
      ),
      snapshots:
        (await count(snapshotsOf('orders'), (all) => all, isManifest)) +
        (await count(snapshotsOf('stock'), (all) => all, isManifest)),
    };
  } finally {
    await reader.close();
  }
}

/**
 * Why the traces are not those of an arm with these switches; null if they are. An arm that takes snapshots must have
 * taken two of each partition, of one processor or the other.
 */
export function objectionTo(
  traces: ProtocolTraces,
  { protocol, snapshotEvents }: TaxSwitches,
): string | null {
  const { barriers, marks, snapshots } = traces;
  const isOn = barriers === sagaLitePartitions && marks > 0;
  const isOff = barriers === 0 && marks === 0;
  if (!(protocol === 'on' ? isOn : isOff))
    return `the protocol is ${protocol}, and the log holds ${barriers} Barriers and ${marks} marks`;
  const enough = 2 * sagaLitePartitions;
  if (snapshotEvents === 0 ? snapshots > 0 : snapshots < enough)
    return `${snapshots} snapshots were taken, one was to come every ${snapshotEvents} events`;
  return null;
}

type Part = (all: OffsetRange) => OffsetRange;

async function countRecords(
  reader: LogReader,
  {
    topic,
    ranges,
    part,
  }: { readonly topic: string; readonly ranges: ReadonlyMap<number, OffsetRange>; readonly part: Part },
  is: (record: LogRecord) => boolean,
): Promise<number> {
  let count = 0;
  const { signal } = new AbortController();
  for (const [partition, all] of ranges) {
    const { first, end } = part(all);
    const range = { at: { topic, partition }, from: first, until: end, isSparse: true };
    await readRange(
      reader,
      range,
      (record) => {
        if (is(record)) count += 1;
      },
      signal,
    );
  }
  return count;
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
