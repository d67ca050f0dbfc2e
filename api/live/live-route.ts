import { z } from 'zod';
import { ok } from '../http/answer.ts';
import { defineRoute, eventStreamType, jsonType, type Route } from '../http/route.ts';
import type { LiveResources } from './live-resources.ts';
import { numbered } from './live-stream.ts';

/** Resources one stream carries at most. */
const watchedMax = 16;

const liveAnswer = z
  .object({
    data: z.array(
      z.object({
        status: z.int().meta({ description: 'That GET of the path would have.' }),
        body: z.unknown().meta({ description: 'What GET would answer; a Problem where status is no 200.' }),
      }),
    ),
  })
  .meta({ id: 'LiveStates' });

/** `GET /v1/live?watch=…&watch=…`: several resources in one stream, since a browser has few connections to a host. */
export const liveRoute = (live: LiveResources): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/live',
    scope: null, // each path asks for the scope of its own route
    idempotencyKey: 'none',
    params: {},
    query: z.strictObject({
      watch: z
        .array(z.string().min(1).max(1_024))
        .min(1)
        .max(watchedMax)
        .meta({
          description: `1 to ${watchedMax} paths of GET routes that have text/event-stream, with their parameters; watch stands once for each.`,
          example: ['/v1/ops/groups', '/v1/analytics/sales?bucket=hour'],
        }),
    }),
    produces: [jsonType, eventStreamType],
    docs: {
      summary: 'Several resources as they change, in one stream',
      description:
        'With Accept: text/event-stream each resource at once and then each time it has changed, one stream for all; else all of them once. Each path counts as one request and needs the scope of its own route; one that cannot be had is told as a problem of its own, the others go on.',
      tag: 'Live',
      answers: { 200: { description: 'In the order of watch.', schema: liveAnswer } },
      eventStream:
        'data is {"watch": place in the request, from 0, "body": what GET would answer}; an event named problem has a Problem as body; alive has {"at": the server\'s time} at the beginning and every 15 s. Nothing is missed: a stream that is opened again begins with the newest of each.',
      problems: ['invalid-query'],
    },
    handle: async (call) => {
      const { watch } = call.query;
      const watched = live.resolve(watch, call.principal);
      if (call.produces === eventStreamType) {
        live.stream(call, watched, numbered);
        return null;
      }
      const states = await live.once(watched);
      return ok({ data: states.map(({ status, body }) => ({ status, body: JSON.parse(body) as unknown })) });
    },
  });
