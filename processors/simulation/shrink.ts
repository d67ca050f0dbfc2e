import type { Forced, StreamName } from './run-seed.ts';

/** What a run with these choices came to. */
export interface Tried {
  /** It fails by the very rule that is looked for. */
  readonly fails: boolean;
  /** Numbers of the choices that were not the calm ones. */
  readonly noted: Readonly<Record<StreamName, readonly number[]>>;
}

/** Faults first, since fewer of them say most; then commands; then what came before what. */
const order: readonly StreamName[] = ['faults', 'workload', 'network'];

/**
 * Makes a failing run simpler by delta debugging: puts the calm choice 0 in the place of ever smaller groups of choices, and
 * keeps what still fails. Ends when nothing more can be left out, or when `isOver`.
 */
export async function shrink(
  attempt: (forced: Forced) => Promise<Tried>,
  isOver: () => boolean,
): Promise<{ readonly forced: Forced; readonly runs: number }> {
  let best = noneForced();
  let tried = await attempt(best);
  let runs = 1;
  const leaveOut = async (stream: StreamName, places: readonly number[]): Promise<boolean> => {
    const candidate = {
      ...best,
      [stream]: new Map([...best[stream], ...places.map((at) => [at, 0] as const)]),
    };
    const next = await attempt(candidate);
    runs += 1;
    if (!next.fails) return false;
    best = candidate;
    tried = next;
    return true;
  };
  for (let progress = tried.fails; progress && !isOver(); ) {
    progress = false;
    for (const stream of order) {
      for (let size = tried.noted[stream].length; size >= 1 && !isOver(); size = Math.floor(size / 2)) {
        for (let at = 0; at < tried.noted[stream].length && !isOver(); ) {
          const places = tried.noted[stream].slice(at, at + size);
          // What was left out is calm now and stands in the list no more: the next group moves up.
          if (await leaveOut(stream, places)) progress = true;
          else at += size;
        }
      }
    }
  }
  return { forced: best, runs };
}

const noneForced = (): Forced => ({ workload: new Map(), network: new Map(), faults: new Map() });

/** Forced choices as one list of integers: for each stream its place in `order`, a count, and the numbers made calm. */
export function toIntegers(forced: Forced): readonly number[] {
  return order.flatMap((stream, place) => {
    const calm = [...forced[stream].keys()].toSorted((a, b) => a - b);
    return [place, calm.length, ...calm];
  });
}

/** Reads what `toIntegers` wrote. Throws RangeError on a list that is none. */
export function fromIntegers(list: readonly number[]): Forced {
  const forced: Record<StreamName, Map<number, number>> = {
    workload: new Map(),
    network: new Map(),
    faults: new Map(),
  };
  for (let at = 0; at < list.length; ) {
    const stream = order[list[at] ?? -1];
    const count = list[at + 1];
    if (stream === undefined || count === undefined || at + 2 + count > list.length)
      throw new RangeError(`no list of choices: place ${at}`);
    for (const calm of list.slice(at + 2, at + 2 + count)) forced[stream].set(calm, 0);
    at += 2 + count;
  }
  return forced;
}
