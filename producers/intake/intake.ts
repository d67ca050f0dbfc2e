import { crashPoint } from '../../infra/clients/crash-point.ts';
import type { Append, AppendOutcome, Log, OutgoingRecord } from '../../infra/clients/log.ts';
import { partitionOf } from '../../schemas/murmur2.ts';

/** One command on its way to an inbox. */
export interface Submission {
  readonly topic: string;
  /** Id of the aggregate. */
  readonly key: string;
  readonly value: Buffer;
  readonly traceparent: string | null;
}

/** What became of a submission. Only `appended` may be told as done. */
export type Submitted =
  | { readonly is: 'appended'; readonly partition: number; readonly offset: number }
  /** May or may not be in the log: the caller sends the same request again, the log keeps one. */
  | { readonly is: 'unknown'; readonly error: Error }
  /** Provably not in the log. */
  | { readonly is: 'refused'; readonly error: Error }
  /** Not even sent. */
  | { readonly is: 'overloaded' };

export interface IntakeOptions {
  readonly log: Log;
  readonly partitions: number;
  /** How long commands gather before they go out together, ms. */
  readonly tickMs?: number;
  /** Commands that may wait or be on their way. */
  readonly queuedMax?: number;
  readonly queuedBytesMax?: number;
  /** After this the outcome is `unknown`, or `overloaded` if the command was never sent, ms. */
  readonly answerWithinMs?: number;
}

interface Waiting {
  readonly submission: Submission;
  readonly partition: number;
  readonly settle: (outcome: Submitted) => void;
  readonly expiresAtMs: number;
}

/** kafkajs slows down quadratically beyond (kafka.md §2). */
const recordsMax = 1_000;
const bytesMax = 900_000;
const inFlightMax = 4;
/** How often what waits for one of them is looked through for what is too old to be sent, ms. */
const expireEveryMs = 50;

/**
 * Takes commands from outside into the inboxes: gathers what comes within a tick into one append for all
 * partitions. It never sends a command twice: an unknown outcome is told, and the caller's retry decides.
 */
export class Intake {
  readonly #options: Required<IntakeOptions>;
  readonly #queue: Waiting[] = [];
  #queuedBytes = 0;
  #inFlight = 0;
  #sent = 0;
  #timer: NodeJS.Timeout | null = null;
  /** As many appends as may be are on their way: the next goes when one is back. */
  #isHeldUp = false;
  #lastAckAtMs: number | null = null;

  constructor(options: IntakeOptions) {
    this.#options = {
      tickMs: 3,
      queuedMax: 5_000,
      queuedBytesMax: 32_000_000,
      answerWithinMs: 5_000,
      ...options,
    };
  }

  /** When the log last acknowledged an append, on `performance.now()`'s clock; null = never. */
  get lastAckAtMs(): number | null {
    return this.#lastAckAtMs;
  }

  /** Resolves with the outcome within `answerWithinMs`; never rejects. */
  submit(submission: Submission): Promise<Submitted> {
    const { queuedMax, queuedBytesMax, partitions, answerWithinMs } = this.#options;
    const bytes = this.#queuedBytes + submission.value.length;
    if (this.#queue.length + this.#sent >= queuedMax || bytes > queuedBytesMax) {
      return Promise.resolve({ is: 'overloaded' });
    }
    this.#queuedBytes = bytes;
    return new Promise((settle) => {
      const partition = partitionOf(submission.key, partitions);
      this.#queue.push({ submission, partition, settle, expiresAtMs: performance.now() + answerWithinMs });
      this.#schedule(this.#options.tickMs);
    });
  }

  /** Resolves when nothing waits and nothing is on its way. */
  async drained(): Promise<void> {
    while (this.#queue.length > 0 || this.#sent > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  #schedule(afterMs: number): void {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, afterMs);
  }

  #flush(): void {
    this.#expire();
    if (this.#queue.length === 0) return;
    if (this.#inFlight >= inFlightMax) {
      this.#isHeldUp = true;
      this.#schedule(expireEveryMs);
      return;
    }
    const sent = this.#takeBatch();
    this.#inFlight += 1;
    this.#sent += sent.length;
    void this.#send(sent).finally(() => {
      this.#inFlight -= 1;
      this.#sent -= sent.length;
      if (this.#isHeldUp) this.#goOn();
    });
    if (this.#queue.length > 0) this.#schedule(this.#options.tickMs);
  }

  /** The timer of a wait is no tick: those who come later would wait for it too. */
  #goOn(): void {
    this.#isHeldUp = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#flush();
  }

  /** What was never sent within its time is provably not in the log. */
  #expire(): void {
    const nowMs = performance.now();
    const firstLive = this.#queue.findIndex((waiting) => waiting.expiresAtMs > nowMs);
    for (const waiting of this.#queue.splice(0, firstLive < 0 ? this.#queue.length : firstLive)) {
      this.#queuedBytes -= waiting.submission.value.length;
      waiting.settle({ is: 'overloaded' });
    }
  }

  /** The oldest commands, up to the caps of one append a partition. */
  #takeBatch(): readonly Waiting[] {
    const records = new Map<string, number>();
    const bytes = new Map<string, number>();
    let count = 0;
    for (const { submission, partition } of this.#queue) {
      const at = `${submission.topic}/${partition}`;
      const recordsThen = (records.get(at) ?? 0) + 1;
      const bytesThen = (bytes.get(at) ?? 0) + submission.value.length + submission.key.length;
      if (recordsThen > recordsMax || (recordsThen > 1 && bytesThen > bytesMax)) break;
      records.set(at, recordsThen);
      bytes.set(at, bytesThen);
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  async #send(sent: readonly Waiting[]): Promise<void> {
    const groups = [
      ...Map.groupBy(sent, ({ submission, partition }) => `${submission.topic}/${partition}`).values(),
    ];
    const giveUp = setTimeout(() => {
      for (const { settle } of sent)
        settle({ is: 'unknown', error: new Error('the log has not answered in time') });
    }, this.#options.answerWithinMs);
    crashPoint('api.before-produce');
    const outcomes = await this.#options.log.append(groups.map(toAppend));
    crashPoint('api.after-ack');
    clearTimeout(giveUp);
    if (outcomes.some(({ is }) => is === 'appended')) this.#lastAckAtMs = performance.now();
    for (const [i, group] of groups.entries()) tell(group, outcomes[i]);
    for (const { submission } of sent) this.#queuedBytes -= submission.value.length;
  }
}

function toAppend(group: readonly Waiting[]): Append {
  const [first] = group;
  if (!first) throw new RangeError('an empty group');
  return { topic: first.submission.topic, partition: first.partition, records: group.map(toRecord) };
}

const toRecord = ({ submission: { key, value, traceparent } }: Waiting): OutgoingRecord => ({
  key,
  value,
  ...(traceparent === null ? {} : { headers: { traceparent } }),
});

function tell(group: readonly Waiting[], outcome: AppendOutcome | undefined): void {
  for (const [i, { settle, partition }] of group.entries()) {
    if (outcome?.is === 'appended')
      settle({ is: 'appended', partition, offset: Number(outcome.baseOffset) + i });
    else settle(outcome ?? { is: 'unknown', error: new Error('the log gave no outcome') });
  }
}
