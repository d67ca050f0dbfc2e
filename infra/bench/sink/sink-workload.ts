import type { AcceptedEvent } from '../../clients/journal-acceptor.ts';
import type { EventBody, OrderConfirmed, OrderPlaced } from '../../../schemas/generated/orders-events.ts';
import { orderIdOf } from '../../../schemas/ids.ts';

const defaultStartMs = Date.UTC(2026, 0, 15);
const skus = 20_000;

/**
 * One partition of the orders journal: `orders` paid orders of one to three lines, `rate` a second of the log's clock, a
 * watermark each second. The events that have rows, and those of holds and commits, which have a row of lineage each.
 */
export function ordersJournal(
  orders: number,
  rate: number,
  random: () => number,
  startMs = defaultStartMs,
): readonly AcceptedEvent<EventBody>[] {
  const events: AcceptedEvent<EventBody>[] = [];
  const add = (atMs: number, body: EventBody): void => {
    const seq = events.length + 1;
    const cause = { offset: seq, source: 'stock/0', seq, index: 0 };
    events.push({
      event: { seq, writer: 'w', cause, atMs, routedThrough: 0, version: 1, body },
      key: null,
      position: { offset: BigInt(seq), seq, writer: 'w' },
    });
  };
  let tickMs = startMs;
  for (let i = 0; i < orders; i += 1) {
    const atMs = startMs + Math.floor((i * 1_000) / rate);
    for (; tickMs + 1_000 <= atMs; tickMs += 1_000)
      add(tickMs + 1_000, { type: 'TimePassed', atMs: tickMs + 1_000 });
    for (const body of lifeOf(i, atMs, random)) add(atMs, body);
  }
  const endMs = tickMs + 60_000;
  add(endMs, { type: 'TimePassed', atMs: endMs });
  return events;
}

function lifeOf(i: number, atMs: number, random: () => number): readonly EventBody[] {
  const store = 'bench';
  const orderId = orderIdOf(store, `order-${i}`);
  const lines = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
    sku: `SKU-${Math.floor(random() * skus)}`,
    quantity: 1 + Math.floor(random() * 5),
    unitMinor: 100 + Math.floor(random() * 9_900),
    discountMinor: 0,
    taxBp: 2_000,
    taxMinor: 0,
    priceVersion: 1,
    shareMinor: 0,
  }));
  const totalMinor = lines.reduce((sum, line) => sum + line.quantity * line.unitMinor, 0);
  const of = { store, orderId };
  const money = { amountMinor: totalMinor, currency: 'GBP' };
  const placed: OrderPlaced = {
    type: 'OrderPlaced',
    ...of,
    commandId: null,
    fingerprint: null,
    requestId: null,
    customerId: `c-${i % 1_000}`,
    currency: 'GBP',
    lines,
    discountMinor: 0,
    shippingMinor: 0,
    shippingTaxMinor: 0,
    totalMinor,
    taxRule: 'inclusive',
    paymentToken: 'sealed',
    shipTo: null,
    orderedAtMs: null,
    pricedBy: 'catalogue',
    holds: [],
    holdUntilMs: atMs + 900_000,
  };
  const asked = (kind: 'authorize' | 'capture'): EventBody => ({
    type: 'PaymentOpRequested',
    ...of,
    ...money,
    opId: `${orderId}:${kind}:1`,
    customerId: placed.customerId,
    attempt: 1,
    kind,
    key: `k-${i}-${kind}`,
    methodRef: null,
    pspRef: kind === 'capture' ? `pi-${i}` : null,
  });
  const answered = { ...of, ...money, attempt: 1, pspRef: `pi-${i}` };
  const confirmed: OrderConfirmed = {
    type: 'OrderConfirmed',
    ...of,
    customerId: placed.customerId,
    currency: 'GBP',
    lines: lines.map(({ sku, quantity, unitMinor }) => ({
      sku,
      quantity,
      netMinor: quantity * unitMinor,
      taxMinor: 0,
    })),
    totalMinor,
    discountMinor: 0,
    shippingMinor: 0,
    taxMinor: 0,
    placedAtMs: atMs,
    orderedAtMs: null,
  };
  return [
    placed,
    asked('authorize'),
    { type: 'PaymentAuthorized', ...answered, opId: `${orderId}:authorize:1`, captureBeforeMs: null },
    asked('capture'),
    { type: 'PaymentCaptured', ...answered, opId: `${orderId}:capture:1` },
    confirmed,
  ];
}
