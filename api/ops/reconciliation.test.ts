import { expect, test } from 'vitest';
import type { Call } from '../http/route.ts';
import { ReconciledDays } from './reconciled-days.ts';
import { reconciliationRoute } from './reconciliation.ts';

const days = new ReconciledDays();
const reconciled = (store: string, day: string, atMs: number, unexplained: number, unchecked = 0): void =>
  days.apply({
    store,
    atMs,
    body: { type: 'DayReconciled', day, moves: 5, unexplained, unchecked, differences: [] },
  });
const ask = async (store: string, day?: string): Promise<unknown> => {
  const query = day === undefined ? {} : { day };
  const call = { principal: { store, keyId: '', scopes: new Set() }, query };
  const answer = await reconciliationRoute(days).handle(call as unknown as Call);
  return JSON.parse(String(answer?.body));
};

test('the last run of each day counts, days add up, and other stores are not seen', async () => {
  reconciled('s-1', '2026-01-06', 1_000, 9);
  reconciled('s-1', '2026-01-06', 3_000, 2, 1);
  reconciled('s-1', '2026-01-07', 2_000, 0);
  reconciled('s-2', '2026-01-07', 9_000, 70);
  const monday = { day: '2026-01-06', moves: 5, unexplained: 2, unchecked: 1, differences: [] };
  expect(await ask('s-1')).toEqual({
    unexplained: 2,
    unchecked: 1,
    asOf: '1970-01-01T00:00:03.000Z',
    data: [
      {
        day: '2026-01-07',
        moves: 5,
        unexplained: 0,
        unchecked: 0,
        differences: [],
        asOf: '1970-01-01T00:00:02.000Z',
      },
      { ...monday, asOf: '1970-01-01T00:00:03.000Z' },
    ],
  });
  expect(await ask('s-1', '2026-01-07')).toMatchObject({ unexplained: 0, data: [{ day: '2026-01-07' }] });
});

test('a store that was never reconciled has neither a time nor a zero', async () => {
  expect(await ask('s-3')).toEqual({ unexplained: null, unchecked: null, asOf: null, data: [] });
});
