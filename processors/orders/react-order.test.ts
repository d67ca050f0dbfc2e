import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { orderReactions, reactionVersions } from '../../schemas/reactions.ts';
import type { OrderEvent } from './order.ts';
import { reactOrder } from './react-order.ts';

interface Golden {
  readonly event: OrderEvent;
  /** In their order: the position is the message's number. */
  readonly messages: unknown;
}

/** Recorded when version 1 was released and never edited, only an event it had not is added: a new version gets a new file. */
const golden = JSON.parse(
  readFileSync(new URL('./golden/react-order-1.json', import.meta.url), 'utf8'),
) as readonly Golden[];

describe('version 1', () => {
  test('is the version stamped on new events', () => {
    expect(reactionVersions.orders).toBe(1);
  });

  test.each(golden)('gives the recorded messages of $event.type under the recorded numbers', (recorded) => {
    expect(reactOrder(recorded.event)).toEqual(recorded.messages);
  });

  test.each(golden)('gives as many messages of $event.type as the table says', ({ event }) => {
    const expected = orderReactions[event.type].flatMap(({ to, command }) =>
      'holds' in event ? event.holds.map(() => [to, command]) : [[to, command]],
    );
    expect(reactOrder(event).map(({ to, body }) => [to, body.type])).toEqual(expected);
  });

  test('is recorded for every event', () => {
    expect(new Set(golden.map(({ event }) => event.type))).toEqual(new Set(Object.keys(orderReactions)));
  });
});

test('throws rather than forget a commit to reverse', () => {
  const hold = { holdId: 'o-1:A', sku: 'A', quantity: 1 };
  expect(() =>
    reactOrder({
      type: 'UnwindStarted',
      store: 's-1',
      orderId: 'o-1',
      to: 'Cancelled',
      reason: 'asked',
      holds: [],
      commits: [hold],
    }),
  ).toThrow(/reverses no commit/);
});
