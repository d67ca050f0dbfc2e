import {
  firstGeneration,
  generationsKey,
  parseGeneration,
  type ViewGeneration,
  type ViewName,
  viewNames,
} from '../../schemas/redis-keys.ts';
import type { Redis } from './redis.ts';

/** Which generations of one partition's view there are. */
export interface PartitionGenerations {
  readonly view: ViewName;
  readonly partition: number;
  /** Readers read it. */
  readonly live: ViewGeneration;
  /** Kept current too: a rebuild, or what was live before a flip. */
  readonly beside: ViewGeneration | null;
  /** The highest number that was ever given out here. */
  readonly highest: number;
}

/** Of every partition of every view. A Redis that knows nothing, an empty one too, has the first generation alone. */
export function readGenerations(redis: Redis, partitions: number): Promise<readonly PartitionGenerations[]> {
  const places = viewNames.flatMap((view) =>
    Array.from({ length: partitions }, (_, partition) => ({ view, partition })),
  );
  return Promise.all(
    places.map(async ({ view, partition }) => {
      const stored = await redis.hmget(generationsKey(view, partition), 'live', 'beside', 'highest');
      const [live, beside, highest] = stored;
      return {
        view,
        partition,
        live: parseGeneration(live ?? '') ?? firstGeneration,
        beside: parseGeneration(beside ?? ''),
        highest: Number(highest ?? 1),
      };
    }),
  );
}
