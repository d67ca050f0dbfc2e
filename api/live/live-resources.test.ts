import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Principal } from '../auth/store-directory.ts';
import { Admission } from '../http/admission.ts';
import { ok } from '../http/answer.ts';
import { OpenStreams } from '../http/open-streams.ts';
import { RateLimit } from '../http/rate-limit.ts';
import { type Call, defineRoute, everySecond, eventStreamType, jsonType } from '../http/route.ts';
import { LiveResources } from './live-resources.ts';

const order = defineRoute({
  method: 'GET',
  path: '/v1/order',
  scope: null,
  visitors: true,
  idempotencyKey: 'none',
  params: {},
  query: z.strictObject({}),
  produces: [jsonType],
  live: everySecond,
  docs: { summary: '', tag: '', answers: {} },
  handle: async ({ principal }) => ok({ of: principal.customerId }),
});
const live = new LiveResources([order], {
  admission: new Admission(1),
  rateLimit: new RateLimit(0),
  open: new OpenStreams(),
  rateNowMs: () => 0,
  nowMs: () => 0,
  onFault: () => undefined,
});
const visitor: Principal = { store: 'S', keyId: 'k', scopes: new Set(), customerId: 'visitor-1' };
const ask = (produces: Call['produces']) =>
  live.streamed(order).handle({ principal: visitor, query: {}, produces } as unknown as Call);

test('a visitor of the shop reads a resource and watches none: he is told which stream is his', async () => {
  expect((await ask(jsonType))?.body).toBe('{"of":"visitor-1"}');
  await expect(ask(eventStreamType)).rejects.toThrow(
    /insufficient-scope: A visitor of the shop may not watch this.*\/v1\/orders\/\{id\}\/events/,
  );
});
