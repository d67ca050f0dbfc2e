import type {
  Append,
  AppendOutcome,
  Log,
  LogReader,
  LogRecord,
  ReadHandle,
  ReadSink,
  TopicPartition,
} from '../../infra/clients/log.ts';
import { quiet } from './event-heap.ts';
import { createLink, type Link, type LinkFaults } from './link.ts';
import type { Scheduler } from './scheduler.ts';
import { brokerCount, leaderOf, type SimLog } from './sim-log.ts';
import type { SimProcess } from './sim-process.ts';

/** What goes wrong between processes and the log, beside what befalls any request. */
export interface LogFaults extends LinkFaults {
  /** Of a send for several partitions some are appended and some are not; the answer tells of none. */
  torn: number;
  /** The answer leaves out a partition whose batch was appended. */
  rowMissing: number;
  /** Records of one fetch, at most. */
  fetchMax: number;
  /** A fetch that found nothing waits for records, and then so long for more of them, ms: a consumer's pacing. */
  gatherMs: number;
}

export interface LogClientOptions {
  readonly scheduler: Scheduler;
  readonly log: SimLog;
  readonly process: SimProcess;
  readonly faults: LogFaults;
  readonly requestTimeoutMs: number;
}

/** The log's ports in the hands of one process: a connection to each broker. */
export function createLogClient(options: LogClientOptions): {
  readonly log: Log;
  readonly reader: LogReader;
} {
  const { scheduler, log, process, faults, requestTimeoutMs } = options;
  const links = Array.from({ length: brokerCount }, () =>
    createLink({
      caller: process,
      to: 'log',
      faults,
      timeoutMs: requestTimeoutMs,
      lost: (why) => new Error(`no answer of the log: ${why}`),
    }),
  );
  const linkTo = (broker: number): Link => links[broker] ?? missingLink();
  const ask = linkTo(0);
  return {
    log: {
      append: (appends) => send(options, linkTo, appends),
      leaderOf,
      partitionsOf: async (topic) => log.partitionsOf(topic),
      offsetsOf: (topic) =>
        scheduler.request(ask, () => {
          const ranges = new Map<number, ReturnType<SimLog['rangeOf']>>();
          for (let partition = 0; partition < log.partitionsOf(topic); partition += 1)
            ranges.set(partition, log.rangeOf({ topic, partition }));
          return ranges;
        }),
      close: async () => undefined,
    },
    reader: createReader(options),
  };
}

function missingLink(): never {
  throw new RangeError('there is no such broker');
}

/** One produce: a request to each leader. One that fails hides the answers of all (kafka.md §2). */
async function send(
  { scheduler, log, faults }: LogClientOptions,
  linkTo: (broker: number) => Link,
  appends: readonly Append[],
): Promise<readonly AppendOutcome[]> {
  const outcomes = new Map<Append, AppendOutcome>();
  /** Returns whether the whole send is answered with an error. */
  const take = (sent: readonly Append[], broker: number, started: number | undefined): boolean => {
    if (log.starts[broker] !== started) return true;
    const torn = sent.length > 1 && scheduler.draws.faults.chance(faults.torn);
    if (torn) scheduler.reached.reach('torn send');
    for (const append of sent) {
      if (torn && scheduler.draws.faults.chance(0.5)) continue;
      const appendTimeMs = log.nowMs(append);
      const baseOffset = log.append(append, append.records);
      const isMissing = scheduler.draws.faults.chance(faults.rowMissing);
      if (isMissing) scheduler.reached.reach('row missing');
      outcomes.set(append, isMissing ? rowMissing : { is: 'appended', baseOffset, appendTimeMs });
    }
    return torn;
  };
  for (const append of appends) {
    const refusal = refusalOf(log, append);
    if (refusal !== null) return appends.map(() => ({ is: 'refused', error: new Error(refusal) }));
  }
  /** Why the whole send failed, or null. */
  const ask = (broker: number, sent: readonly Append[]): Promise<Error | null> => {
    const started = log.starts[broker];
    return scheduler
      .request(linkTo(broker), () => take(sent, broker, started))
      .then(
        (isTorn) => (isTorn ? tornSend : null),
        (error: Error) => error,
      );
  };
  const [only] = appends;
  const isForOne = only !== undefined && appends.length === 1; // most are
  const errors = isForOne
    ? [await ask(leaderOf(only), appends)]
    : await Promise.all(Array.from(Map.groupBy(appends, leaderOf), ([broker, sent]) => ask(broker, sent)));
  for (const error of errors) if (error) return appends.map(() => ({ is: 'unknown', error }));
  return appends.map((append) => outcomes.get(append) ?? rowMissing);
}

/** What the real adapter and broker take in one append (kafka.md §2). */
const recordsMax = 1_000;
const bytesMax = 1_048_588;

/** Why an append never will be taken, or null. */
function refusalOf(log: SimLog, { topic, records }: Append): string | null {
  if (log.partitionsOf(topic) === 0) return `there is no topic ${topic}`;
  if (records.length === 0 || records.length > recordsMax) return `${records.length} records`;
  // null only where a test writes what no part of ours does
  let bytes = 0;
  for (const { value } of records) bytes += (value as Buffer | null)?.length ?? 0;
  return bytes > bytesMax ? `${bytes} bytes exceed the max message size` : null;
}

const tornSend = new Error('a partition of the send failed');
const notNamed = new Error('the answer does not name the partition');
const rowMissing: AppendOutcome = { is: 'unknown', error: notNamed };

function createReader(options: LogClientOptions): LogReader {
  const reading = new Map<string, ReadHandle>();
  return {
    read(at, from, sink) {
      const key = `${at.topic}/${at.partition}`;
      if (reading.has(key)) throw new Error(`${key} is being read already`);
      const handle = read(options, at, from, sink);
      const stop = (): void => {
        handle.stop();
        if (reading.get(key) === entry) reading.delete(key);
      };
      const entry = { stop };
      reading.set(key, entry);
      return entry;
    },
    async close() {
      for (const handle of reading.values()) handle.stop();
    },
  };
}

/** Reads by fetches, one at a time; a fetch that is lost is only slow, for reading repeats by itself. */
function read(
  { scheduler, log, process, faults }: LogClientOptions,
  at: TopicPartition,
  from: bigint,
  sink: ReadSink,
): ReadHandle {
  let stopped = false;
  let next = from;
  const fetch = (): void => {
    if (!stopped && !process.isKilled) scheduler.after(scheduler.way(faults.wayMs), answer);
  };
  const answer = (): typeof quiet | void => {
    if (stopped || process.isKilled) return quiet;
    let records: readonly LogRecord[];
    try {
      records = log.read(at, next, faults.fetchMax);
    } catch (error) {
      return process.reach(() => {
        if (!stopped) sink.onFatal(error as Error);
      });
    }
    if (records.length > 0) return process.reach(() => void deliver(records));
    log.whenItGrows(at, scheduler.way(faults.wayMs), answer);
    return quiet;
  };
  const deliver = async (records: readonly LogRecord[]): Promise<void> => {
    if (stopped) return;
    next += BigInt(records.length);
    try {
      await sink.onRecords(records);
    } catch (error) {
      if (stopped) return;
      stopped = true;
      return sink.onFatal(error as Error);
    }
    fetch();
  };
  fetch();
  return {
    stop: () => {
      stopped = true;
    },
  };
}
