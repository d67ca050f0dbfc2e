import { expect, test } from 'vitest';
import { Problem } from '../http/problem.ts';
import { OrderLook } from './order-look.ts';
import type { SeenOrder } from './order-reader.ts';

const position = { cause: 40, atMs: 0 };
const nowhere: SeenOrder = { partition: 2, order: null, placing: null, position };
const parked = { ...nowhere, placing: {} } as unknown as SeenOrder;

/** Looks at `seen`, the second time at `then`, through a view that is at the end of the inbox after so many ms. */
function lookAt(seen: SeenOrder, comesAfterMs: number, then = seen) {
  const reads = [seen, then];
  return new OrderLook({
    orders: { read: async () => reads.shift() ?? then },
    positions: {
      reach: async (_at, waitMs) => {
        if (waitMs < comesAfterMs) throw new Problem('view-behind');
      },
    },
    endsOfInbox: async () => new Map([[2, 41]]),
  }).at('an order', () => false);
}

test('a view that is taken over is waited for where nothing but it could answer: no view has the order', async () => {
  expect(await lookAt(nowhere, 5_000)).toEqual({ seen: nowhere, current: true });
  expect(await lookAt(nowhere, 10_000)).toEqual({ seen: nowhere, current: false });
});

test('a refusal waits less for the view, since the log can tell it too', async () => {
  expect(await lookAt(parked, 1_000)).toEqual({ seen: parked, current: true });
  expect(await lookAt(parked, 5_000)).toEqual({ seen: parked, current: false });
});

test('a view that is emptied between its position and the order is not judged by', async () => {
  const emptied: SeenOrder = { ...nowhere, position: { cause: -1, atMs: null } };
  expect(await lookAt(nowhere, 0, emptied)).toEqual({ seen: emptied, current: false });
});
