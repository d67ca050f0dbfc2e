import { setTimeout as wait } from 'node:timers/promises';
import { inboxOf, journalOf, processorNames, type ProcessorName } from '../../schemas/topic-catalogue.ts';
import { LiveViews } from '../clients/live-views.ts';
import type { LogRecord, ReadHandle } from '../clients/log.ts';
import type { AuditSources } from './live-recording.ts';
import { readSinkPositions } from './read-clickhouse.ts';
import { NotAtRest } from './not-at-rest.ts';
import { RestWatch } from './rest-watch.ts';

/** So much of a tail is enough to see the last cause and the last command. */
const tailRecords = 5_000n;
const pollMs = 250;
/** Each look asks Kafka, Redis and ClickHouse: while there is work left their time belongs to that. */
const restlessPollMs = 1_000;
/** Rest must last: a message between two topics is seen in neither. */
const quietMs = 1_000;
/** An owner that has just started has until then for its first Tick. */
const staleMs = 20_000;

/** A rest as it was seen. */
export interface Rest {
  /** Epoch ms. */
  readonly atMs: number;
  /** First offset of each journal partition (`orders/0`) that was not written yet. */
  readonly journalEnds: ReadonlyMap<string, number>;
}

/**
 * Waits until every command is decided, every order has ended, the provider has answered all it was asked, and views
 * and sink have folded all of it; then stays quiet for a second, and until its clocks tick. `onWait` is told what is
 * awaited. Throws NotAtRest after `withinMs`.
 */
export async function waitForRest(
  sources: AuditSources,
  withinMs: number,
  onWait: (reasons: readonly string[]) => void = () => {},
): Promise<Rest> {
  const deadline = Date.now() + withinMs;
  const watch = new RestWatch();
  const follower = await follow(sources, watch);
  try {
    let quietSince = 0;
    let before = '';
    for (;;) {
      follower.throwIfBroken();
      const reasons = (await follower.isCaughtUp())
        ? watch.unrest(await viewOffsets(sources), {
            orders: await readSinkPositions(sources.clickHouse, 'orders'),
            stock: await readSinkPositions(sources.clickHouse, 'stock'),
          })
        : ['reading the topics'];
      const fingerprint = watch.fingerprint();
      if (reasons.length > 0 || fingerprint !== before) quietSince = Date.now();
      before = fingerprint;
      const isQuiet = reasons.length === 0 && Date.now() - quietSince >= quietMs;
      const atMs = Date.now();
      const stale = isQuiet ? watch.stale(atMs) : [];
      // A partition nobody ticks is no reason to wait for ever: rule I-20 will say so.
      if (isQuiet && (stale.length === 0 || atMs - quietSince >= staleMs))
        return { atMs, journalEnds: watch.journalEnds() };
      if (Date.now() > deadline)
        throw new NotAtRest(withinMs, reasons.length > 0 ? reasons : ['something still happens']);
      onWait(reasons.length > 0 ? reasons : stale);
      await wait(reasons.length > 0 ? restlessPollMs : pollMs);
    }
  } finally {
    follower.stop();
  }
}

interface Follower {
  isCaughtUp(): Promise<boolean>;
  throwIfBroken(): void;
  stop(): void;
}

/** Follows every inbox and journal partition: orders' journals from their start, the rest from their tail. */
async function follow({ log, reader, decoder }: AuditSources, watch: RestWatch): Promise<Follower> {
  const next = new Map<string, bigint>();
  const handles: ReadHandle[] = [];
  let broken: Error | null = null;

  const read = (
    topic: string,
    partition: number,
    from: bigint,
    take: (records: readonly LogRecord[]) => Promise<void>,
  ): void => {
    const at = `${topic}/${partition}`;
    next.set(at, from);
    const onRecords = async (records: readonly LogRecord[]): Promise<void> => {
      await take(records);
      next.set(at, (records.at(-1)?.offset ?? from - 1n) + 1n);
    };
    const onFatal = (error: Error): void => {
      broken ??= error;
    };
    handles.push(reader.read({ topic, partition }, from, { onRecords, onFatal }));
  };

  const followTask = async (processor: ProcessorName): Promise<void> => {
    const inboxes = await log.offsetsOf(inboxOf(processor));
    const journals = await log.offsetsOf(journalOf(processor));
    for (const [partition, range] of inboxes) {
      const task = `${processor}/${partition}`;
      const from = tailOf(range);
      watch.addTask(task, Number(from));
      read(inboxOf(processor), partition, from, async (records) => {
        for (const record of await decoder.inbox(processor, records)) watch.onInbox(task, record);
      });
      const journal = journals.get(partition);
      if (!journal) throw new Error(`${journalOf(processor)} has no partition ${partition}`);
      read(
        journalOf(processor),
        partition,
        processor === 'orders' ? journal.first : tailOf(journal),
        async (records) => {
          for (const record of await decoder.journal(processor, records))
            watch.onJournal(processor, partition, record);
        },
      );
    }
  };
  for (const processor of processorNames) await followTask(processor);

  return {
    async isCaughtUp() {
      for (const processor of processorNames) {
        for (const topic of [inboxOf(processor), journalOf(processor)]) {
          for (const [partition, { end }] of await log.offsetsOf(topic)) {
            if ((next.get(`${topic}/${partition}`) ?? 0n) < end) return false;
          }
        }
      }
      return true;
    },
    throwIfBroken() {
      if (broken) throw broken;
    },
    stop() {
      for (const handle of handles) handle.stop();
    },
  };
}

const tailOf = ({ first, end }: { readonly first: bigint; readonly end: bigint }): bigint =>
  end - tailRecords > first ? end - tailRecords : first;

async function viewOffsets({ redis, partitions }: AuditSources): Promise<ReadonlyMap<string, number>> {
  const offsets = new Map<string, number>();
  const views = new LiveViews(redis);
  for (let partition = 0; partition < partitions; partition += 1) {
    for (const [view, offset] of [
      ['orders', await views.orders(partition, (keys) => redis.hget(keys.position(partition), 'offset'))],
      ['stock', await views.stock(partition, (keys) => redis.hget(keys.position(partition), 'offset'))],
    ] as const) {
      if (offset !== null) offsets.set(`${view}/${partition}`, Number(offset));
    }
  }
  return offsets;
}
