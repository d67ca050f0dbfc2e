import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../schemas/generated/stock-events.ts';
import { count, type Tally } from './judge-scarcity.ts';

const of = { store: 'shop', sku: 'S0' } as const;
const hold = (order: number) => ({ ...of, orderId: `o${order}`, holdId: `h${order}` });

const received = (quantity: number): EventBody => ({
  type: 'StockReceived',
  ...of,
  commandId: 'c',
  fingerprint: null,
  requestId: null,
  quantity,
  reason: 'purchase',
});
const held = (order: number, quantity = 1, repeat = false): EventBody => ({
  type: 'HoldPlaced',
  ...hold(order),
  quantity,
  customerId: 'x',
  untilMs: 0,
  repeat,
});
const sold = (order: number, quantity = 1): EventBody => ({
  type: 'HoldCommitted',
  ...hold(order),
  quantity,
  repeat: false,
});
const released = (order: number, quantity = 1): EventBody => ({
  type: 'HoldReleased',
  ...hold(order),
  quantity,
  reason: 'declined',
  repeat: false,
});
const refused = (order: number, quantity = 1): EventBody => ({
  type: 'HoldRefused',
  ...hold(order),
  quantity,
  reason: 'insufficient',
  available: 0,
});

function tally(...events: readonly EventBody[]) {
  const tallies = new Map<string, Tally>();
  const wrongs = events.flatMap((event) => count(tallies, event) ?? []);
  return { wrongs, of: tallies.get('S0') };
}

describe('the tally beside the auditor', () => {
  test('a piece that is given back is sold again, and an answer given again moves nothing', () => {
    const { wrongs, of: counted } = tally(
      received(2),
      held(1),
      held(1, 1, true),
      held(2),
      refused(3),
      released(1),
      held(4),
      sold(2),
      sold(4),
    );
    expect(wrongs).toEqual([]);
    expect(counted).toEqual({ cameIn: 2, promised: 2, sold: 2 });
  });

  test('names a promise beyond what came in, at the event that makes it, though it is taken back', () => {
    expect(tally(received(1), held(1), held(2), released(2)).wrongs).toEqual([
      'S0: 2 are promised, 1 came in',
    ]);
  });

  test('names a refusal as sold out while as many pieces were left', () => {
    expect(tally(received(3), held(1), refused(2, 3)).wrongs).toEqual([]);
    expect(tally(received(3), held(1), refused(2, 2)).wrongs).toEqual([
      'S0: 2 are refused as sold out, 2 are left',
    ]);
  });
});
