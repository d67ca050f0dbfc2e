import { z } from 'zod';
import { ok } from '../http/answer.ts';
import { defineRoute, everySecond, jsonType, type Route } from '../http/route.ts';
import { instant, minor, toInstant, toInstantOrNull } from '../orders/answer-fields.ts';
import type { ReconciledDay, ReconciledDays } from './reconciled-days.ts';

/** Days an answer lists at most. */
const daysMax = 100;

const dayText = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .meta({ description: 'UTC day.', example: '2026-01-31' });

const asOf = instant.meta({ description: 'When its last reconciliation was begun.' });

const reconciledDay = z.object({
  day: dayText,
  asOf,
  moves: z.int().meta({ description: 'Captures, refunds and disputes of the day, by our books.' }),
  unexplained: z.int().meta({ description: 'Differences that are more than a matter of timing.' }),
  unchecked: z.int().meta({ description: 'Comparisons that could not be made: run it again.' }),
  differences: z.array(
    z.object({
      class: z.string().meta({ example: 'missing-there' }),
      where: z.string().meta({
        description: 'The books that differ: settlement, payout, provider or clickhouse.',
        example: 'settlement',
      }),
      currency: z.string().meta({ example: 'GBP' }),
      count: z.int(),
      amountMinor: minor.meta({ description: 'At risk, in minor units.' }),
    }),
  ),
});

const reconciliationAnswer = z
  .object({
    unexplained: z
      .int()
      .nullable()
      .meta({ description: 'Of all days asked for; null where none was reconciled.' }),
    unchecked: z.int().nullable().meta({ description: 'The same.' }),
    asOf: asOf
      .nullable()
      .meta({ description: 'When the last of these reconciliations was begun; null without one.' }),
    data: z.array(reconciledDay).meta({ description: `The newest day first, ${daysMax} at most.` }),
  })
  .meta({ id: 'Reconciliation' });

/**
 * `GET /v1/ops/reconciliation?day=`: what `npx millrace reconcile` last found, by day. Sums of money without orders, so
 * the scope of the reports opens it.
 */
export const reconciliationRoute = (days: ReconciledDays): Route =>
  defineRoute({
    method: 'GET',
    path: '/v1/ops/reconciliation',
    scope: 'analytics:read',
    idempotencyKey: 'none',
    params: {},
    query: z.strictObject({
      day: dayText.optional().meta({ description: 'All days without it.', example: '2026-01-31' }),
    }),
    produces: [jsonType],
    live: everySecond,
    docs: {
      summary: 'Differences between our books and those of others, by day and class',
      description:
        'Of the last `npx millrace reconcile` of each day: nothing is compared now. A day that is not listed was never reconciled.',
      tag: 'Operations',
      answers: { 200: { description: 'Days that were reconciled.', schema: reconciliationAnswer } },
    },
    handle: async ({ principal, query }) => {
      const asked = days
        .of(principal.store)
        .filter(({ day }) => query.day === undefined || day === query.day);
      const sum = (of: (day: ReconciledDay) => number) =>
        asked.reduce<number | null>((total, day) => (total ?? 0) + of(day), null);
      const newestMs = asked.reduce<number | null>((newest, { atMs }) => Math.max(newest ?? 0, atMs), null);
      return ok({
        unexplained: sum(({ unexplained }) => unexplained),
        unchecked: sum(({ unchecked }) => unchecked),
        asOf: toInstantOrNull(newestMs),
        data: asked.slice(0, daysMax).map(({ atMs, ...day }) => ({ ...day, asOf: toInstant(atMs) })),
      });
    },
  });
