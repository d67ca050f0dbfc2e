import { z } from 'zod';
import 'zod-openapi';
import type { Redis } from '../../infra/clients/redis.ts';
import { type PartitionGenerations, readGenerations } from '../../infra/clients/view-generations.ts';
import {
  generationsKey,
  orderKeysOf,
  stockKeysOf,
  type ViewGeneration,
  viewNames,
} from '../../schemas/redis-keys.ts';
import { ok } from '../http/answer.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, everySecond, jsonType, type Route } from '../http/route.ts';
import { instant, toInstantOrNull } from '../orders/answer-fields.ts';

const generationAnswer = z.object({
  generation: z.string().meta({ example: 'v1' }),
  offset: z.int().nullable().meta({
    description: 'Of the last journal record it has folded; null before the first, and while it is emptied.',
  }),
  position: z.string().nullable().meta({ description: 'Of the last event.', example: '3.2077' }),
  completeUntil: instant.nullable().meta({ description: 'Everything before it is in the view.' }),
});

const viewsAnswer = z
  .object({
    data: z.array(
      z.object({
        view: z.enum(viewNames),
        partition: z.int(),
        live: generationAnswer.meta({ description: 'What readers are answered from.' }),
        beside: generationAnswer
          .nullable()
          .meta({ description: 'Kept current too: a rebuild, or what was live before a flip.' }),
        recordsToGo: z.int().nullable().meta({
          description: 'By how many journal records the one beside is behind the live one; null without one.',
        }),
        flippedAt: instant
          .nullable()
          .meta({ description: 'When the live one last changed; null: never, by what Redis knows.' }),
      }),
    ),
  })
  .meta({ id: 'Views' });

type ViewRow = z.output<typeof viewsAnswer>['data'][number];
type Generation = z.output<typeof generationAnswer>;

/** `GET /v1/ops/views`: which generation of each view is live, what stands beside it and how far both have come. */
export const viewsRoute = (redis: Redis, partitions: number): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/ops/views',
    scope: 'ops:read',
    idempotencyKey: 'none',
    params: {},
    query: z.strictObject({}),
    produces: [jsonType],
    live: everySecond,
    docs: {
      summary: 'The Redis views, their generations and how far they have come',
      description:
        'Partition by partition. `npx millrace views rebuild` fills a generation beside the live one, `views flip` changes them.',
      tag: 'Operations',
      answers: { 200: { description: 'Every partition of every view.', schema: viewsAnswer } },
      problems: ['unavailable'],
    },
    handle: async () => {
      try {
        const all = await readGenerations(redis, partitions);
        return ok({ data: await Promise.all(all.map((one) => rowOf(redis, one))) });
      } catch (cause) {
        throw new Problem('unavailable', { cause });
      }
    },
  });

async function rowOf(
  redis: Redis,
  { view, partition, live, beside }: PartitionGenerations,
): Promise<ViewRow> {
  const read = async (generation: ViewGeneration): Promise<Generation> => {
    const keys = view === 'orders' ? orderKeysOf(generation) : stockKeysOf(generation);
    const [offset, seq, atMs] = await redis.hmget(keys.position(partition), 'offset', 'seq', 'atMs');
    return {
      generation,
      offset: numberOrNull(offset),
      position: numberOrNull(seq) === null ? null : `${partition}.${seq}`,
      completeUntil: toInstantOrNull(numberOrNull(atMs) || null), // 0 before the first watermark
    };
  };
  const [flippedAtMs, now, other] = await Promise.all([
    redis.hget(generationsKey(view, partition), 'flippedAtMs'),
    read(live),
    beside === null ? null : read(beside),
  ]);
  return {
    view,
    partition,
    live: now,
    beside: other,
    recordsToGo: other === null ? null : Math.max(0, (now.offset ?? -1) - (other.offset ?? -1)),
    flippedAt: toInstantOrNull(numberOrNull(flippedAtMs)),
  };
}

const numberOrNull = (text: string | null | undefined): number | null =>
  text === null || text === undefined || text === '' ? null : Number(text);
