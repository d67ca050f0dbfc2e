import { expect, test } from 'vitest';
import type { ClickHouseClient } from '../../../infra/clients/clickhouse.ts';
import { orderDocument, shownOrderId as orderId } from '../../testing/order-document.ts';
import type { StreamedEvent } from '../../views/order-event-stream.ts';
import { expandOrder } from './expand-order.ts';
import { expandedAnswer } from './expanded-answer.ts';
import { expandParameter, expansions } from './expand-query.ts';

const opId = `${orderId}:authorize:1`;
const row = (seq: number, event: string, detail: object, source: string | null = null) => ({
  seq: String(seq),
  at_ms: String(seq * 1_000),
  event,
  offset: String(seq + 100),
  cause_offset: String(seq + 200),
  cause_source: source,
  cause_seq: source && '41',
  cause_index: source === null ? null : 0,
  detail: JSON.stringify(detail),
});
const ledger = [
  row(1, 'OrderPlaced', { currency: 'GBP' }),
  row(2, 'HoldRecorded', { holdId: `${orderId}:A`, as: 'placed' }, 'stock/3'),
  row(3, 'PaymentOpRequested', {
    opId,
    attempt: 1,
    kind: 'authorize',
    key: 'K1',
    amountMinor: 6_000,
    currency: 'GBP',
  }),
  row(4, 'PaymentUnknown', { opId, attempt: 1, kind: 'authorize', cause: 'timeout' }),
  row(5, 'LookUpRequested', { opId, n: 1, why: 'unknown' }),
  row(6, 'PaymentAuthorized', { opId, attempt: 1, pspRef: 'pi_1' }),
];
const streamed = (seq: number, type: string): StreamedEvent => ({
  seq,
  event: { position: `0.${seq}`, type, atMs: seq * 1_000, orderId, store: 'S1', status: 'capturing' },
});

const order = orderDocument({
  position: '0.7',
  holds: [{ holdId: `${orderId}:A`, sku: 'A', quantity: 3, state: 'placed' }],
});

/** `rows` null: ClickHouse is away. The sink has come to `through`, the stream was searched back to `fromSeq`. */
async function expanded(
  rows: readonly object[] | null,
  stream: readonly StreamedEvent[],
  { through = rows?.length ?? 0, fromSeq = stream[0]?.seq ?? 8 } = {},
) {
  const clickhouse = {
    query: async ({ query }: { readonly query: string }) => {
      if (!rows) throw new Error('connect ECONNREFUSED');
      return {
        json: async () => ({
          data: query.includes('sink_positions') ? [{ through: String(through) }] : rows,
        }),
      };
    },
  } as unknown as ClickHouseClient;
  const answer = await expandOrder(
    { clickhouse, stream: { of: async () => ({ events: stream, complete: false, fromSeq }) } },
    order,
    { partition: 0, position: { cause: 900, atMs: 9_000 } },
    new Set(expansions),
  );
  return expandedAnswer.parse(answer);
}

test('the history is the ledger’s, and what it does not have yet the stream’s', async () => {
  const { events, lineage, holds } = await expanded(ledger, [
    streamed(6, 'PaymentAuthorized'),
    streamed(7, 'CommitStarted'),
  ]);
  expect(events).toMatchObject({ complete: true, ledger: 'read' });
  expect(events?.data.map(({ type, status }) => `${type} ${status}`)).toEqual([
    'OrderPlaced null',
    'HoldRecorded null',
    'PaymentOpRequested null',
    'PaymentUnknown null',
    'LookUpRequested null',
    'PaymentAuthorized capturing',
    'CommitStarted capturing',
  ]);
  expect(events?.data[6]).toMatchObject({ position: '0.7', detail: null });
  expect(lineage?.records).toHaveLength(6);
  expect(lineage?.records[1]).toEqual({
    position: '0.2',
    record: { topic: 'orders.events.v1', partition: 0, offset: 102 },
    cause: { topic: 'orders.commands.v1', partition: 0, offset: 202 },
    source: { task: 'stock/3', seq: 41, index: 0 },
  });
  expect(lineage?.view).toEqual({ partition: 0, cause: 900, watermark: '1970-01-01T00:00:09.000Z' });
  expect(holds).toMatchObject([
    { sku: 'A', state: 'placed', changes: [{ type: 'HoldRecorded', as: 'placed' }] },
  ]);
});

test('each call to the provider stands with its key, reference, answers and look-ups', async () => {
  const { payment } = await expanded(ledger, []);
  expect(payment?.calls).toMatchObject([
    {
      opId,
      kind: 'authorize',
      attempt: 1,
      key: 'K1',
      amountMinor: 6_000,
      reference: 'pi_1',
      answers: [
        { type: 'PaymentUnknown', code: 'timeout' },
        { type: 'PaymentAuthorized', code: null },
      ],
      lookUps: [{ n: 1, why: 'unknown' }],
    },
  ]);
});

test('a history is complete only where ledger and stream meet', async () => {
  const behind = ledger.slice(0, 3);
  const stream = [streamed(6, 'PaymentAuthorized')];
  expect((await expanded(behind, stream, { fromSeq: 5 })).events).toMatchObject({ complete: false });
  expect((await expanded(behind, stream, { fromSeq: 4 })).events).toMatchObject({ complete: true });
  expect((await expanded(behind, [], { through: 7 })).events).toMatchObject({ complete: true });
  expect((await expanded(behind.slice(1), [], { through: 7 })).events).toMatchObject({ complete: false });
});

test('where the ledger is away the answer says so, with what the stream has', async () => {
  const { events, payment, lineage, holds } = await expanded(null, [streamed(7, 'CommitStarted')]);
  expect(events).toMatchObject({
    ledger: 'unavailable',
    complete: false,
    data: [{ type: 'CommitStarted', detail: null }],
  });
  expect(payment).toEqual({ ledger: 'unavailable', complete: false, calls: [] });
  expect(lineage).toMatchObject({ ledger: 'unavailable', records: [] });
  expect(holds).toMatchObject([{ state: 'placed', changes: [] }]);
});

test.each(['', 'event', 'events,events', 'events,', 'events,lineage,secrets'])(
  'refuses expand=%s',
  (text) => {
    expect(expandParameter.safeParse(text).success).toBe(false);
  },
);
