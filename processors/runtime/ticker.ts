import type { Body, CommandEnvelope } from '../../schemas/envelope.ts';
import { tickKeyOf } from '../../schemas/murmur2.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { TopicPartition } from '../../infra/clients/log.ts';
import type { Flusher } from './flusher.ts';
import type { Clock, Timer } from '../../infra/clients/clock.ts';

/** A partition that its owner keeps the time of. */
export interface TickedPartition {
  readonly inbox: TopicPartition;
  readonly writer: string;
  /** When the next of its aggregates falls due, epoch ms of the log's clock; Infinity if none does. */
  nextDueMs(): number;
  /** Called before a Tick is sent; what it returns is told where the Tick stands. */
  sendTick(): (offset: bigint) => void;
}

export interface TickerOptions {
  readonly clock: Clock;
  readonly flusher: Flusher;
  readonly codec: TopicCodec<CommandEnvelope<Body>>;
  readonly partitions: number;
  /** The partitions whose tasks decide at this moment. */
  readonly ownedNow: () => readonly TickedPartition[];
}

export interface Ticker {
  /** A command was decided, or a partition taken over: back to a Tick a second, at once. */
  noteTraffic(): void;
  /** A Tick for this partition now, beside those that come anyway. */
  tickNow(partition: number): void;
  stop(): void;
}

const busyEveryMs = 1_000;
const idleEveryMs = 15_000;
/** Busy for this long after the last command. */
const busyForMs = 5_000;
/** And while a deadline is this near: longer than the idle pause, so that none is seen too late. */
const dueWithinMs = 60_000;

/**
 * Appends a Tick to the inbox of each owned partition: once a second while there is traffic on any of them or a
 * deadline within the next minute, each time twice as late when there is none, up to 15 s. A Tick that fails is not repeated; the next one does.
 */
export function createTicker({ clock, flusher, codec, partitions, ownedNow }: TickerOptions): Ticker {
  const abort = new AbortController();
  const inFlight = new Set<number>();
  let everyMs = busyEveryMs;
  let lastTickMs = Number.NEGATIVE_INFINITY;
  let lastTrafficMs = Number.NEGATIVE_INFINITY;
  let timer: Timer | null = null;

  /** Never rejects: an append has outcomes. */
  const tick = async (partition: TickedPartition): Promise<void> => {
    const { inbox, writer } = partition;
    if (inFlight.has(inbox.partition)) return;
    inFlight.add(inbox.partition);
    const body = { type: 'Tick', writer };
    const value = codec.encode({ store: '', commandId: null, fingerprint: null, requestId: null, body });
    const records = [{ key: tickKeyOf(inbox.partition, partitions), value }];
    const ticked = partition.sendTick();
    const outcome = await flusher.append({ ...inbox, records }, abort.signal);
    inFlight.delete(inbox.partition);
    if (outcome.is === 'appended') ticked(outcome.baseOffset);
  };

  const fire = (): void => {
    lastTickMs = clock.nowMs();
    const owned = ownedNow();
    const isDueSoon = owned.some((partition) => partition.nextDueMs() - lastTickMs <= dueWithinMs);
    const isBusy = isDueSoon || lastTickMs - lastTrafficMs < busyForMs;
    everyMs = isBusy ? busyEveryMs : Math.min(idleEveryMs, everyMs * 2);
    timer = clock.setTimer(everyMs, fire);
    for (const partition of owned) void tick(partition);
  };

  return {
    noteTraffic() {
      if (abort.signal.aborted) return;
      lastTrafficMs = clock.nowMs();
      if (timer !== null && everyMs === busyEveryMs) return;
      timer?.cancel();
      everyMs = busyEveryMs;
      timer = clock.setTimer(Math.max(0, lastTickMs + busyEveryMs - lastTrafficMs), fire);
    },
    tickNow(wanted) {
      for (const partition of ownedNow()) if (partition.inbox.partition === wanted) void tick(partition);
    },
    stop() {
      abort.abort();
      timer?.cancel();
    },
  };
}
