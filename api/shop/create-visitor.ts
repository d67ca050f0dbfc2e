import { z } from 'zod';
import { exponentsNotTwo } from '../../schemas/currencies.ts';
import type { StoreDirectory } from '../auth/store-directory.ts';
import { ok } from '../http/answer.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, jsonType, type Route } from '../http/route.ts';
import type { Visitors } from './visitors.ts';

export interface CreateVisitorParts {
  readonly visitors: Pick<Visitors, 'welcome'>;
  readonly directory: Pick<StoreDirectory, 'storeOf'>;
  readonly nowMs: () => number;
}

const visitorAnswer = z
  .object({
    token: z.string().meta({ description: 'Goes where a key would: Authorization: Bearer …' }),
    customerId: z.string().meta({
      description: 'Whose orders the token places and reads, and nobody else’s.',
      example: 'visitor-0123456789abcdef0123456789abcdef',
    }),
    endsAt: z.string().meta({ description: 'RFC 3339, UTC. It ends before where the shop’s key does.' }),
    store: z.object({
      name: z.string(),
      timeZone: z.string().meta({ description: 'IANA zone.' }),
      currencies: z.array(z.string()).meta({ description: 'In the store’s order. ISO 4217.' }),
    }),
    exponents: z.record(z.string(), z.int().min(0)).meta({
      description: 'Digits after the decimal point of every currency that has not 2 (ISO 4217).',
    }),
  })
  .meta({ id: 'Visitor' });

/** `POST /v1/visitors`: anybody becomes a customer of the demo shop. Nothing is stored. */
export const createVisitorRoute = ({ visitors, directory, nowMs }: CreateVisitorParts): Route =>
  defineRoute({
    method: 'POST',
    path: '/v1/visitors',
    scope: null,
    anonymous: true,
    lane: 'reads', // of memory; nobody unknown may take the room of those who order
    idempotencyKey: 'none',
    params: {},
    query: z.strictObject({}),
    produces: [jsonType],
    docs: {
      summary: 'Become a customer of the demo shop',
      description:
        'A token for one new customer, who reads the catalogue, prices, orders, and sees his own orders alone. Only where MILLRACE_SHOP_KEY is set, as npm start does; 404 elsewhere.',
      tag: 'Shop',
      answers: { 200: { description: 'Who you are from now on.', schema: visitorAnswer } },
      problems: ['not-found'],
    },
    handle: async () => {
      const visitor = visitors.welcome(nowMs());
      const store = visitor && directory.storeOf(visitor.store);
      if (!visitor || !store) throw new Problem('not-found', { detail: 'This deployment has no demo shop.' });
      const { token, customerId, endsAtMs } = visitor;
      const { name, timeZone, currencies } = store;
      const endsAt = new Date(endsAtMs).toISOString();
      const answer: z.output<typeof visitorAnswer> = {
        token,
        customerId,
        endsAt,
        store: { name, timeZone, currencies: [...currencies] },
        exponents: { ...exponentsNotTwo },
      };
      return ok(answer);
    },
  });
