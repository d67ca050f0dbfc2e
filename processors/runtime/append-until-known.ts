import type { Append } from '../../infra/clients/log.ts';
import { Dropped, FatalFault } from './faults.ts';
import type { Flusher } from './flusher.ts';
import { type Clock, pause } from '../../infra/clients/clock.ts';

export interface AppendSurroundings {
  readonly flusher: Flusher;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told of each outcome that is not known, with how many there were in a row. */
  readonly onUnknown: (append: Append, error: Error, times: number) => void;
}

const backOffMaxMs = 2_000;

/**
 * Appends the very same bytes until the log says where they stand, and returns that place: the base offset of
 * the copy that was acknowledged. Copies of earlier tries may stand before it, or come after it; their readers
 * tell them apart by seq, writer or pair.
 *
 * Throws FatalFault `append-refused` if the log never will take them, Dropped once the signal is aborted.
 */
export async function appendUntilKnown(append: Append, surroundings: AppendSurroundings): Promise<bigint> {
  const { flusher, clock, signal, onUnknown } = surroundings;
  for (let times = 1; ; times += 1) {
    if (signal.aborted) throw new Dropped();
    const outcome = await flusher.append(append, signal);
    if (signal.aborted) throw new Dropped();
    if (outcome.is === 'appended') return outcome.baseOffset;
    const { error } = outcome;
    if (outcome.is === 'refused') {
      const place = `${append.topic}/${append.partition}`;
      throw new FatalFault('append-refused', `${place}: ${error.message}`, { cause: error });
    }
    onUnknown(append, error, times);
    await pause(clock, Math.min(backOffMaxMs, 25 * 2 ** Math.min(times, 10)), signal);
  }
}
