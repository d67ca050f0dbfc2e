import { readGenerations, type PartitionGenerations } from '../../infra/clients/view-generations.ts';
import type { Redis } from '../../infra/clients/redis.ts';
import {
  firstGeneration,
  generationsKey,
  orderKeysOf,
  parseViewKey,
  stockKeysOf,
  type ViewGeneration,
  type ViewName,
} from '../../schemas/redis-keys.ts';
import { redisScript } from './redis-script.ts';

/** The generations of the views are not in a state for this; the words say what to do first. */
export class GenerationConflict extends Error {
  override readonly name = 'GenerationConflict';
}

/** A reader that looked before a flip is done by then: its commands end within 2 s. */
const readersEndMs = 10_000;

export const positionKeyOf = (generation: ViewGeneration, view: ViewName, partition: number): string =>
  view === 'orders'
    ? orderKeysOf(generation).position(partition)
    : stockKeysOf(generation).position(partition);

/** The one live and the one beside, where all partitions agree. Throws GenerationConflict where a flip stopped half-way. */
export function agreed(all: readonly PartitionGenerations[]): {
  readonly live: ViewGeneration;
  readonly beside: ViewGeneration | null;
} {
  const [first] = all;
  if (!first) throw new RangeError('no partitions');
  if (all.some(({ live, beside }) => live !== first.live || beside !== first.beside)) {
    throw new GenerationConflict(
      'the partitions do not agree on the live view: a command stopped half-way; run the same `views` command again',
    );
  }
  return first;
}

/**
 * Gives every partition a generation beside the live one, which running writers then fill; the same one as long as
 * it is there. Returns it.
 */
export async function addGeneration(redis: Redis, partitions: number): Promise<ViewGeneration> {
  const add = redisScript(redis, './add-generation.lua');
  const all = await readGenerations(redis, partitions);
  const there = all.find(({ beside }) => beside !== null)?.beside;
  const highest = all.reduce((most, each) => Math.max(most, each.highest), 1);
  const generation: ViewGeneration = there ?? `v${highest + 1}`;
  const number = generation.slice(1);
  for (const { view, partition } of all) {
    const keys = [generationsKey(view, partition)];
    if ((await add(keys, [generation, number, firstGeneration])) !== 1) {
      throw new GenerationConflict(`another generation stands beside ${view}/${partition}: drop it first`);
    }
  }
  return generation;
}

/** Ends a flip that is not through. */
export interface FlipDeadline {
  readonly pause: (ms: number) => Promise<void>;
  /** True when it has waited long enough. */
  readonly isOver: () => boolean;
}

/**
 * Makes a generation live in every partition, each at a moment at which it stands no earlier than the one that was.
 * May be said again after it stopped half-way. Throws GenerationConflict where there is no such generation, or where it
 * stays behind.
 */
export async function flipTo(
  redis: Redis,
  partitions: number,
  to: ViewGeneration,
  deadline: FlipDeadline,
): Promise<void> {
  const flip = redisScript(redis, './flip-generation.lua');
  for (const { view, partition, live } of await readGenerations(redis, partitions)) {
    const keys = [
      generationsKey(view, partition),
      positionKeyOf(live, view, partition),
      positionKeyOf(to, view, partition),
    ];
    for (;;) {
      const answer = await flip(keys, [live, to, firstGeneration]);
      if (answer === 'live' || answer === 'flipped') break;
      if (answer === 'absent')
        throw new GenerationConflict(`there is no generation ${to} of ${view}/${partition}`);
      if (deadline.isOver())
        throw new GenerationConflict(
          `generation ${to} of ${view}/${partition} stays behind the live one: does the views role run?`,
        );
      await deadline.pause(5);
    }
  }
}

/**
 * Forgets the generation beside the live one, then removes every key of a generation that is not kept, also what an
 * earlier run left. Returns the number of keys.
 */
export async function dropBeside(
  redis: Redis,
  partitions: number,
  pause: (ms: number) => Promise<void>,
): Promise<number> {
  const forget = redisScript(redis, './forget-generation.lua');
  for (const { view, partition, beside } of await readGenerations(redis, partitions)) {
    if (beside === null) continue;
    const keys = [generationsKey(view, partition)];
    while ((await forget(keys, [beside, String(readersEndMs), firstGeneration])) === 'early')
      await pause(200);
  }
  // Positions first: a writer that has not heard of it yet can write no more.
  return (await sweep(redis, '*}:position')) + (await sweep(redis, '*'));
}

async function sweep(redis: Redis, pattern: string): Promise<number> {
  const drop = redisScript(redis, './drop-keys.lua');
  let dropped = 0;
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `v*:{${pattern}`, 'COUNT', 1_000);
    cursor = next;
    const groups = Map.groupBy(keys, (key) => {
      const of = parseViewKey(key);
      return of === null ? '' : `${of.generation} ${generationsKey(of.view, of.partition)}`;
    });
    for (const [group, found] of groups) {
      const [generation = '', hash] = group.split(' ');
      if (hash === undefined) continue;
      dropped += Math.max(0, Number(await drop([hash, ...found], [generation, firstGeneration])));
    }
  } while (cursor !== '0');
  return dropped;
}
