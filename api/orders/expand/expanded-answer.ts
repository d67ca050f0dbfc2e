import { z } from 'zod';
import type { OrderView } from '../../../schemas/order-view.ts';
import { inboxOf, journalOf } from '../../../schemas/topic-catalogue.ts';
import type { SeenOrder } from '../../views/order-reader.ts';
import { instant, toInstant, toInstantOrNull } from '../answer-fields.ts';
import type { Expansion } from './expand-query.ts';
import type { HistoryEvent, OrderHistory } from './order-history.ts';
import { paymentCalls, toPaymentCalls } from './payment-calls.ts';

const place = z.object({ topic: z.string(), partition: z.int(), offset: z.int() });
const history = {
  complete: z.boolean().meta({ description: 'From its placing to its last event.' }),
  ledger: z.enum(['read', 'unavailable']).meta({
    description: 'unavailable: only what the view still streams is here, without details; ask again later.',
  }),
};

/** What `expand` adds to an order. */
export const expandedAnswer = z
  .object({
    events: z
      .object({
        ...history,
        data: z.array(
          z.object({
            position: z.string(),
            type: z.string(),
            at: instant,
            status: z
              .string()
              .nullable()
              .meta({ description: 'After it; null where it is older than the streams.' }),
            detail: z
              .record(z.string(), z.unknown())
              .nullable()
              .meta({ description: 'What it says; null for a few seconds, until the ledger has it.' }),
          }),
        ),
      })
      .optional(),
    payment: z.object({ ...history, calls: paymentCalls }).optional(),
    holds: z
      .array(
        z.object({
          holdId: z.string(),
          sku: z.string(),
          quantity: z.int(),
          state: z.string(),
          changes: z.array(z.object({ type: z.string(), at: instant, as: z.string().nullable() })),
        }),
      )
      .optional(),
    lineage: z
      .object({
        ...history,
        records: z.array(
          z.object({
            position: z.string(),
            record: place.meta({ description: 'Where the event stands in the journal.' }),
            cause: place.meta({ description: 'The command it decides.' }),
            source: z
              .object({ task: z.string(), seq: z.int(), index: z.int() })
              .nullable()
              .meta({ description: 'The event of another processor that sent the command.' }),
          }),
        ),
        view: z.object({
          partition: z.int(),
          cause: z.int().meta({ description: 'Offset of the last command the view includes.' }),
          watermark: instant.nullable(),
        }),
      })
      .optional(),
  })
  .meta({ id: 'ExpandedOrder' });

export type ExpandedAnswer = z.output<typeof expandedAnswer>;

/** The parts of a history somebody asked for. */
export function toExpanded(
  order: OrderView,
  { partition, position }: Pick<SeenOrder, 'partition' | 'position'>,
  { events, complete, ledgerAway }: OrderHistory,
  asked: ReadonlySet<Expansion>,
): ExpandedAnswer {
  const of = { complete, ledger: ledgerAway ? ('unavailable' as const) : ('read' as const) };
  const positionOf = ({ seq }: HistoryEvent): string => `${partition}.${seq}`;
  return {
    ...(asked.has('events')
      ? {
          events: {
            ...of,
            data: events.map((event) => ({
              position: positionOf(event),
              type: event.type,
              at: toInstant(event.atMs),
              status: event.status,
              detail: event.ledger && { ...event.ledger.detail },
            })),
          },
        }
      : {}),
    ...(asked.has('payment') ? { payment: { ...of, calls: toPaymentCalls(events) } } : {}),
    ...(asked.has('holds') ? { holds: toHolds(order, events) } : {}),
    ...(asked.has('lineage')
      ? {
          lineage: {
            ...of,
            records: events.flatMap((event) => toRecord(partition, positionOf(event), event)),
            view: { partition, cause: position.cause, watermark: toInstantOrNull(position.atMs) },
          },
        }
      : {}),
  };
}

const toRecord = (partition: number, position: string, { ledger }: HistoryEvent) =>
  ledger === null
    ? []
    : [
        {
          position,
          record: { topic: journalOf('orders'), partition, offset: ledger.offset },
          cause: { topic: inboxOf('orders'), partition, offset: ledger.cause.offset },
          source: ledger.cause.source,
        },
      ];

const toHolds = (order: OrderView, events: readonly HistoryEvent[]): ExpandedAnswer['holds'] =>
  order.holds.map(({ holdId, sku, quantity, state }) => ({
    holdId,
    sku,
    quantity,
    state,
    changes: events
      .filter(({ ledger }) => ledger?.detail['holdId'] === holdId)
      .map(({ type, atMs, ledger }) => {
        const as = ledger?.detail['as'];
        return { type, at: toInstant(atMs), as: typeof as === 'string' ? as : null };
      }),
  }));
