import { z } from 'zod';
import 'zod-openapi';
import { groupNames } from '../../infra/clients/lag/lag-reader.ts';
import { type GroupLag, groupLagSchema } from '../../infra/clients/lag/partition-lag.ts';
import { ok } from '../http/answer.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, everySecond, jsonType, type Route } from '../http/route.ts';
import type { LagLook } from './lag-look.ts';

const groupAnswer = groupLagSchema.meta({ id: 'Group' });
const groupsAnswer = z.object({ data: z.array(groupAnswer) }).meta({ id: 'Groups' });

const parseGroup = (raw: string): string | null => (groupNames.some((name) => name === raw) ? raw : null);

/** `GET /v1/ops/groups` and `/v1/ops/groups/{group}`: how far each consumer group is behind, partition by partition. */
export const groupRoutes = (look: Pick<LagLook, 'groups'>): readonly Route[] => {
  const groupsNow = async (): Promise<readonly GroupLag[]> => {
    try {
      return await look.groups();
    } catch (cause) {
      throw new Problem('unavailable', { cause });
    }
  };
  const common = {
    method: 'GET',
    scope: 'ops:read',
    idempotencyKey: 'none',
    query: z.strictObject({}),
    produces: [jsonType],
    live: everySecond,
  } as const;
  return [
    defineRoute({
      ...common,
      path: '/v1/ops/groups',
      params: {},
      docs: {
        summary: 'How far each consumer group is behind',
        description:
          'From positions inside the data, so a dead or frozen process is seen too. Null is unknown.',
        tag: 'Operations',
        answers: { 200: { description: 'Every group.', schema: groupsAnswer } },
      },
      handle: async () => ok({ data: await groupsNow() }),
    }),
    defineRoute({
      ...common,
      path: '/v1/ops/groups/{group}',
      params: { group: parseGroup },
      docs: {
        summary: 'How far one consumer group is behind',
        tag: 'Operations',
        answers: { 200: { description: 'The group.', schema: groupAnswer } },
        problems: ['invalid-id'],
      },
      handle: async ({ params }) => ok((await groupsNow()).find(({ group }) => group === params['group'])),
    }),
  ];
};
