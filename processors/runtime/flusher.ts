import type { Append, AppendOutcome, Log, OutgoingRecord } from '../../infra/clients/log.ts';

/** kafkajs groups a partition's messages in O(n²): never more in one send (kafka.md §2). */
export const recordsPerSendMax = 1_000;
/** Under `max.message.bytes` of 1,048,588 with room for the batch's own overhead. */
export const bytesPerSendMax = 900_000;

/** The one way of a process to the log: gathers what its tasks append into few sends. */
export interface Flusher {
  /**
   * Appends the records as part of one record batch. `baseOffset` of the outcome is that of the first of
   * these records, whatever else stood in the batch. An append whose signal is aborted before it was sent is
   * left out, and its outcome is `unknown`. Throws a RangeError if it exceeds one send.
   */
  append(append: Append, signal: AbortSignal): Promise<AppendOutcome>;
}

interface Entry {
  readonly append: Append;
  readonly bytes: number;
  readonly signal: AbortSignal;
  readonly settle: (outcome: AppendOutcome) => void;
}

/**
 * One lane for each leading broker: while a lane's produce is in flight, appends gather, and go together in
 * its next. A slow or torn send holds up the partitions of that broker only (P8).
 */
export function createFlusher(log: Log): Flusher {
  const lanes = new Map<number, Lane>();
  return {
    append(append, signal) {
      const bytes = bytesOf(append.records);
      if (append.records.length > recordsPerSendMax || bytes > bytesPerSendMax) {
        const size = `${append.records.length} records, ${bytes} bytes`;
        throw new RangeError(`an append of ${size}; at most ${recordsPerSendMax} and ${bytesPerSendMax}`);
      }
      const leader = log.leaderOf(append);
      const lane = lanes.get(leader) ?? new Lane(log);
      lanes.set(leader, lane);
      return new Promise((settle) => lane.add({ append, bytes, signal, settle }));
    },
  };
}

/** Bytes that count against a send's limit, generously. */
function bytesOf(records: readonly OutgoingRecord[]): number {
  let bytes = 0;
  for (const record of records) bytes += sizeOf(record);
  return bytes;
}

/** Key, value and headers of one record; lengths and deltas are left to the limits' margin. */
export const sizeOf = (record: OutgoingRecord): number =>
  record.value.length + (record.key?.length ?? 0) + (record.headers ? 48 : 0);

/** Microtask turns a lane waits before it sends: long enough for each task to check its answer and decide on. */
const gatherTurns = 12;
const aTurn = Promise.resolve();

class Lane {
  private readonly log: Log;
  private waiting: Entry[] = [];
  private busy = false;

  constructor(log: Log) {
    this.log = log;
  }

  add(entry: Entry): void {
    this.waiting.push(entry);
    if (this.busy) return;
    this.busy = true;
    void this.run();
  }

  /** Never rejects: `send` turns a port that does into an unknown outcome. */
  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      for (let turn = 0; turn < gatherTurns; turn += 1) await aTurn;
      await this.send(this.takeSend());
    }
    this.busy = false;
  }

  /** The next send: for each partition its oldest entries, as many as fit into one batch. */
  private takeSend(): Entry[][] {
    const batches = new Map<string, { entries: Entry[]; records: number; bytes: number; full: boolean }>();
    const left: Entry[] = [];
    for (const entry of this.waiting) {
      const { append, bytes, signal } = entry;
      if (signal.aborted) {
        entry.settle(notSent);
        continue;
      }
      const at = `${append.topic}/${append.partition}`;
      const batch = batches.get(at) ?? { entries: [], records: 0, bytes: 0, full: false };
      batches.set(at, batch);
      const fits =
        batch.records + append.records.length <= recordsPerSendMax && batch.bytes + bytes <= bytesPerSendMax;
      if (batch.full || !fits) {
        batch.full = true;
        left.push(entry);
        continue;
      }
      batch.entries.push(entry);
      batch.records += append.records.length;
      batch.bytes += bytes;
    }
    this.waiting = left;
    return [...batches.values()].map(({ entries }) => entries);
  }

  private async send(batches: readonly Entry[][]): Promise<void> {
    if (batches.length === 0) return;
    let outcomes: readonly AppendOutcome[];
    try {
      outcomes = await this.log.append(batches.map(mergeAppends));
    } catch (error) {
      const unknown = { is: 'unknown', error: new Error('the log threw', { cause: error }) } as const;
      outcomes = batches.map(() => unknown);
    }
    batches.forEach((entries, i) => {
      let before = 0;
      for (const entry of entries) {
        entry.settle(shift(outcomes[i] ?? missing, before));
        before += entry.append.records.length;
      }
    });
  }
}

const notSent: AppendOutcome = { is: 'unknown', error: new Error('dropped before it was sent') };
const missing: AppendOutcome = { is: 'unknown', error: new Error('the answer leaves this append out') };

function mergeAppends(entries: readonly Entry[]): Append {
  const [first] = entries;
  if (entries.length === 1 && first) return first.append;
  const { topic = '', partition = 0 } = first?.append ?? {};
  return { topic, partition, records: entries.flatMap(({ append }) => append.records) };
}

function shift(outcome: AppendOutcome, records: number): AppendOutcome {
  if (outcome.is !== 'appended' || records === 0) return outcome;
  return { ...outcome, baseOffset: outcome.baseOffset + BigInt(records) };
}

/** Cuts records into lists that fit into one send each, in order. */
export function splitSends(records: readonly OutgoingRecord[]): OutgoingRecord[][] {
  const sends: OutgoingRecord[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const size = sizeOf(record);
    const current = sends.at(-1);
    if (!current || current.length >= recordsPerSendMax || bytes + size > bytesPerSendMax) {
      sends.push([record]);
      bytes = size;
      continue;
    }
    current.push(record);
    bytes += size;
  }
  return sends;
}
