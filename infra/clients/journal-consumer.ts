import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import { isSamePosition, journalStart } from '../../schemas/accept-journal-record.ts';
import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { ClientLogger } from './client-logger.ts';
import { type Clock, pause } from './clock.ts';
import { type AskForWriter, decodeRecords } from './decode-records.ts';
import {
  type AcceptedEvent,
  createJournalAcceptor,
  type JournalAcceptor,
  LineageBroken,
  type ValidRecordAt,
} from './journal-acceptor.ts';
import type { Group, GroupMember, Log, LogRecord, TopicPartition } from './log.ts';
import { LogFault } from './log-fault.ts';
import type { Random } from './random.ts';
import { createRecordQueue, type RecordQueue } from './record-queue.ts';

/** Valid records of one partition, in order and without a gap. */
export interface JournalBatch<B extends Body> {
  readonly at: TopicPartition;
  /** The position before its first record and after its last. */
  readonly from: JournalPosition;
  readonly to: JournalPosition;
  readonly events: readonly AcceptedEvent<B>[];
  /** Of the last `TimePassed` seen by this reader, epoch ms: nothing older comes any more. Null before the first. */
  readonly watermarkMs: number | null;
}

/** A fold that keeps its position inside its own data (DESIGN §1). */
export interface PositionedFold<B extends Body> {
  /** Where the fold stands; it is compared with the journal before it is used. May reject: it is asked again. */
  position(at: TopicPartition): Promise<JournalPosition | ValidRecordAt>;
  /**
   * Folds a batch and returns the position now stored: `batch.to`, or another, from which reading goes on. The next
   * batch waits for it. A rejection is an outage, the same batch comes again, unless `isMendable` says otherwise.
   */
  apply(at: TopicPartition, batch: JournalBatch<B>): Promise<JournalPosition>;
  /** The stored position is not one of the journal's: wipe and start over, halt the partition, or reject to be asked again. */
  onLineage(at: TopicPartition, fault: LineageBroken): Promise<'start-over' | 'halt'>;
  /** False for a rejection that no retry can mend: the partition halts. Default: all are mendable. */
  isMendable?(error: unknown): boolean;
  /** Everything that stood in the partition when it was begun has been applied. */
  onCaughtUp?(at: TopicPartition): void;
  /** The partition is another member's now. */
  onLost?(at: TopicPartition): void;
}

export interface Journal<B extends Body> {
  readonly codec: TopicCodec<EventEnvelope<B>>;
  readonly fold: PositionedFold<B>;
}

export interface JournalConsumerOptions {
  /** One for each topic of the group. */
  readonly journals: readonly Journal<Body>[];
  /** Makes the group, over the journals' topics, for the member it is handed. */
  createGroup(member: GroupMember): Group;
  readonly log: Pick<Log, 'offsetsOf'>;
  readonly askForWriter: AskForWriter;
  readonly clock: Clock;
  readonly random: Pick<Random, 'number'>;
  readonly logger: ClientLogger;
  /** The consumer as a whole is dead: the process ends. A halted partition is not fatal to the others. */
  onFatal(error: Error): void;
  /** A partition's fold has caught up with what stood there at its assignment: how long that took, for people. */
  readonly onTookOver?: (
    at: TopicPartition,
    took: { readonly durationMs: number; readonly events: number },
  ) => void;
  /** So long `stop` waits for what folds have under way, ms; their next owner does again what is cut. Default: to its end. */
  readonly drainMs?: number;
  /** Group offsets follow the fold, for lag tools. False where the fold commits by itself. Default true. */
  readonly commits?: boolean;
}

export interface JournalConsumer {
  /** Resolves when the group was joined. */
  start(): Promise<void>;
  /** Ready: joined, and every partition reads. `checks` tells of each partition. */
  readiness(): { readonly ready: boolean; readonly checks: Readonly<Record<string, string>> };
  /** Of the last applied batch of each partition read by this member: position and watermark. */
  progress(): readonly {
    readonly at: TopicPartition;
    readonly position: JournalPosition;
    readonly watermarkMs: number | null;
  }[];
  stop(): Promise<void>;
}

const batchRecordsMax = 2_000;

/** One partition, from an assignment to the next: the old session of a partition ends before the new one begins. */
interface Session {
  readonly at: TopicPartition;
  readonly journal: Journal<Body>;
  readonly queue: RecordQueue;
  readonly ended: AbortController;
  readonly begunMs: number;
  /** Events applied until it caught up for the first time; null from then on. */
  eventsBehind: number | null;
  state: 'starting' | 'reading' | 'halted';
  /** Why it halted, or what it waits for. */
  why: string;
  position: JournalPosition;
  watermarkMs: number | null;
  fault: Error | null;
  running: Promise<void>;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/**
 * Feeds the journals of a group to folds that keep their own positions: views, the sink, the payments worker.
 * A record that cannot be read halts its partition and is logged as an error, for nobody skips in the books; an
 * outage of the fold or of the registry pauses it.
 */
export function createJournalConsumer(options: JournalConsumerOptions): JournalConsumer {
  const { logger, log } = options;
  const sessions = new Map<string, Session>();
  /** When all is over that an earlier session of the partition had under way. */
  const settled = new Map<string, Promise<void>>();
  const journals = new Map(options.journals.map((journal) => [journal.codec.topic, journal]));
  let joined = false;

  const group = options.createGroup({
    onAssigned(partitions) {
      joined = true;
      const kept = new Set(partitions.map(keyOf));
      for (const [key, session] of sessions) {
        session.ended.abort();
        settled.set(key, kept.has(key) ? session.running : session.running.then(() => lose(session)));
      }
      sessions.clear();
      partitions.forEach(begin);
    },
    onRecords: (at, records) => sessions.get(keyOf(at))?.queue.push(records),
    onRevoking: () => undefined,
    onFatal(error) {
      const session = error instanceof LogFault ? sessions.get(keyOf(error.at)) : undefined;
      if (!session) return options.onFatal(error);
      session.fault = error;
      session.queue.wake();
    },
  });

  const lose = ({ at, journal }: Session): void => journal.fold.onLost?.(at);

  function begin(at: TopicPartition): void {
    const journal = journals.get(at.topic);
    if (!journal) throw new RangeError(`no journal was given for topic ${at.topic}`);
    const session: Session = {
      at,
      journal,
      queue: createRecordQueue({ onFull: () => group.pause(at), onRoom: () => group.resume(at) }),
      ended: new AbortController(),
      begunMs: options.clock.nowMs(),
      eventsBehind: 0,
      state: 'starting',
      why: '',
      position: journalStart,
      watermarkMs: null,
      fault: null,
      running: Promise.resolve(),
    };
    sessions.set(keyOf(at), session);
    session.running = run(session, settled.get(keyOf(at)));
  }

  async function run(session: Session, before: Promise<void> | undefined): Promise<void> {
    await before; // two sessions of one partition would share the fold's memory
    try {
      while (!session.ended.signal.aborted) await readOnFromStored(session);
    } catch (error) {
      if (!session.ended.signal.aborted) halt(session, error);
    }
  }

  function halt(session: Session, error: unknown): void {
    session.state = 'halted';
    session.why = error instanceof Error ? error.message : String(error);
    group.pause(session.at);
    logger.error(
      { ...session.at, error: session.why },
      'journal partition halted: nothing of it is folded any more',
    );
  }

  /** Returns when the fold turned out to stand elsewhere: then it begins again from there. */
  async function readOnFromStored(session: Session): Promise<void> {
    const { at, journal } = session;
    const stored = await untilItWorks(session, () => journal.fold.position(at));
    const ranges = await untilItWorks(session, () => log.offsetsOf(at.topic));
    const end = ranges.get(at.partition)?.end ?? 0n;
    const acceptor = createJournalAcceptor<Body>(stored);
    session.queue.clear();
    session.fault = null;
    try {
      if (stored.offset >= end) throw new LineageBroken(stored, `the journal ends at ${end}`);
      group.resumeAt(at, acceptor.readFrom);
      session.state = 'reading';
      session.position = acceptor.position;
      await readOn(session, acceptor, end);
    } catch (error) {
      await judgeLineage(session, acceptor, error);
    }
  }

  async function judgeLineage(
    session: Session,
    acceptor: JournalAcceptor<Body>,
    error: unknown,
  ): Promise<void> {
    const { at, journal } = session;
    const isOutside = error instanceof LogFault && !acceptor.isVerified;
    const broken = isOutside ? new LineageBroken(acceptor.position, error.message) : error;
    if (!(broken instanceof LineageBroken)) throw error;
    logger.error({ ...at, error: broken.message }, 'the stored position is not one of this journal');
    session.state = 'starting';
    group.pause(at);
    const verdict = await untilItWorks(session, () => journal.fold.onLineage(at, broken));
    if (verdict === 'halt') throw broken;
  }

  async function readOn(session: Session, acceptor: JournalAcceptor<Body>, end: bigint): Promise<void> {
    const { at, journal, queue } = session;
    const source = { codec: journal.codec, askForWriter: options.askForWriter, signal: session.ended.signal };
    let isBehind = end > acceptor.readFrom;
    if (!isBehind) caughtUp(session);
    for (;;) {
      const records = await queue.take(batchRecordsMax, session.ended.signal);
      if (session.fault) throw session.fault;
      const last = records.at(-1);
      if (session.ended.signal.aborted || !last) return;
      const { values, unreadable } = await decodeRecords(source, at, records);
      const { from, events } = accept(records, values, acceptor);
      if (events.length > 0 && !(await applyBatch(session, from, events))) return;
      if (unreadable) throw unreadable;
      session.position = acceptor.position;
      if (isBehind && last.offset >= end - 1n) {
        isBehind = false;
        caughtUp(session);
      }
    }
  }

  function caughtUp(session: Session): void {
    const { at, journal, begunMs, eventsBehind: events } = session;
    journal.fold.onCaughtUp?.(at);
    if (events === null) return;
    session.eventsBehind = null;
    options.onTookOver?.(at, { durationMs: options.clock.nowMs() - begunMs, events });
  }

  /** True if the fold now stands behind the batch. */
  async function applyBatch(
    session: Session,
    from: JournalPosition,
    events: readonly AcceptedEvent<Body>[],
  ): Promise<boolean> {
    const { at, journal } = session;
    const to = events.at(-1)?.position ?? from;
    session.watermarkMs = watermarkOf(events) ?? session.watermarkMs;
    const batch = { at, from, to, events, watermarkMs: session.watermarkMs };
    const stored = await untilItWorks(session, () => journal.fold.apply(at, batch));
    if (session.ended.signal.aborted || !isSamePosition(stored, to)) return false;
    if (session.eventsBehind !== null) session.eventsBehind += events.length;
    if (options.commits ?? true) group.commit(at, stored.offset + 1n);
    return true;
  }

  /** A dependency that is down pauses; it never skips (DESIGN §3). */
  async function untilItWorks<T>(session: Session, act: () => Promise<T>): Promise<T> {
    const { signal } = session.ended;
    for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 10_000)) {
      signal.throwIfAborted();
      try {
        const result = await act();
        session.why = '';
        return result;
      } catch (error) {
        if (session.journal.fold.isMendable?.(error) === false) throw error;
        session.why = error instanceof Error ? error.message : String(error);
        logger.warn({ ...session.at, error: session.why }, 'journal partition waits, trying again');
      }
      await pause(options.clock, waitMs * (0.5 + options.random.number() / 2), signal);
    }
  }

  return {
    start: () => group.start(),
    readiness() {
      const all = [...sessions.values()];
      const checks = Object.fromEntries(
        all.map(({ at, state, why }) => [keyOf(at), why === '' ? state : `${state}: ${why}`]),
      );
      return { ready: joined && all.every(({ state }) => state === 'reading'), checks };
    },
    progress: () =>
      [...sessions.values()].map(({ at, position, watermarkMs }) => ({ at, position, watermarkMs })),
    async stop() {
      const all = [...sessions.values()];
      for (const session of all) session.ended.abort();
      await group.stop();
      const drained = Promise.all(all.map(({ running }) => running));
      const { drainMs, clock } = options;
      if (drainMs === undefined) {
        await drained;
        return;
      }
      const over = new AbortController();
      await Promise.race([drained, pause(clock, drainMs, over.signal)]);
      over.abort();
    },
  };
}

/** What is valid of the records, and the position before the first of it. */
function accept(
  records: readonly LogRecord[],
  values: readonly EventEnvelope<Body>[],
  acceptor: JournalAcceptor<Body>,
): { readonly from: JournalPosition; readonly events: readonly AcceptedEvent<Body>[] } {
  const events: AcceptedEvent<Body>[] = [];
  let from = acceptor.position;
  records.forEach(({ offset, key }, i) => {
    const value = values[i];
    if (events.length === 0) from = acceptor.position;
    const accepted = value && acceptor.take(offset, key?.toString() ?? null, value);
    if (accepted) events.push(accepted);
  });
  return { from, events };
}

function watermarkOf(events: readonly AcceptedEvent<Body>[]): number | null {
  const passed = events.findLast(({ event }) => event.body.type === 'TimePassed');
  return passed ? passed.event.atMs : null;
}
