import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import type { Facts, SettlementEntry } from '../psp/psp.ts';
import { MoneyBooks } from './money-books.ts';
import { type Day, differenceClasses, type DifferenceClass, reconcileDay } from './reconcile-day.ts';

/** A Wednesday. */
const day = '2026-01-07';
const dayMs = 86_400_000;
const atMs = Date.parse(day) + 3_600_000;
const store = 's-1';
const gbp = (minor: number) => ({ minor, currency: 'GBP' });

interface World {
  readonly books: MoneyBooks;
  readonly lines: SettlementEntry[];
  readonly objects: Map<string, Facts | 'not-found'>;
  readonly rows: Map<string, { amountMinor: number; currency: string }>;
}

/** Nine orders of 10.00 GBP, captured, with a refund of 2.00 each; every source says so. */
function agreed(): World {
  const world: World = { books: new MoneyBooks(), lines: [], objects: new Map(), rows: new Map() };
  for (let i = 1; i <= 9; i += 1) {
    const orderId = `o-${i}`;
    const place = { store, orderId, attempt: 1, currency: 'GBP', pspRef: `pay_${i}` };
    const opIds = [`${orderId}:capture:1`, `${orderId}:refund:r`] as const;
    const events = [
      { type: 'OrderPlaced', store, orderId },
      { type: 'PaymentCaptured', ...place, opId: opIds[0], amountMinor: 1_000 },
      {
        type: 'RefundRecorded',
        ...place,
        opId: opIds[1],
        refundId: 'r',
        as: 'succeeded',
        amountMinor: 200,
        code: null,
      },
    ] as EventBody[];
    for (const [seq, body] of events.entries()) world.books.fold(0, { body, atMs, seq: 10 * i + seq });
    const of = { day, pspRef: `pay_${i}`, orderId, feeMinor: 0 };
    world.lines.push(
      { ...of, lineId: `l-${i}`, kind: 'charge', gross: gbp(1_000), netMinor: 1_000, opId: opIds[0] },
      { ...of, lineId: `r-${i}`, kind: 'refund', gross: gbp(-200), netMinor: -200, opId: opIds[1] },
      { ...of, lineId: `f-${i}`, kind: 'fee', gross: gbp(-5), netMinor: -5 },
    );
    world.objects.set(`pay_${i}`, {
      pspRef: `pay_${i}`,
      authorized: gbp(1_000),
      captured: gbp(1_000),
      disputes: [],
      refunds: [{ opId: opIds[1], amount: gbp(200), status: 'done' }],
    });
    world.rows.set(opIds[0], { amountMinor: 1_000, currency: 'GBP' });
    world.rows.set(opIds[1], { amountMinor: 200, currency: 'GBP' });
  }
  return world;
}

const compare = (world: World, of: Partial<Day> = {}) =>
  reconcileDay({ ...world, store, day, todayMs: atMs + 5 * dayMs, isFolded: () => true, ...of });

function change(world: World, lineId: string, to: Partial<SettlementEntry>): void {
  const at = world.lines.findIndex((line) => line.lineId === lineId);
  const line = world.lines[at];
  if (line) world.lines[at] = { ...line, ...to };
}
const drop = (world: World, ...lineIds: readonly string[]): void => {
  world.lines.splice(0, Infinity, ...world.lines.filter(({ lineId }) => !lineIds.includes(lineId)));
};
const copy = (world: World, lineId: string, to: Partial<SettlementEntry>): void => {
  const line = world.lines.find((one) => one.lineId === lineId);
  if (line) world.lines.push({ ...line, ...to });
};
const object = (world: World, i: number, to: Partial<Facts>): void => {
  const facts = world.objects.get(`pay_${i}`);
  if (facts && facts !== 'not-found') world.objects.set(`pay_${i}`, { ...facts, ...to });
};

/** Three faults of each class. */
const plants: Readonly<Record<DifferenceClass, readonly ((world: World) => void)[]>> = {
  'missing-here': [
    (world) => copy(world, 'l-1', { lineId: 'x-1', pspRef: 'pay_nobody', orderId: undefined as never }),
    (world) => copy(world, 'r-2', { lineId: 'x-2', kind: 'dispute', gross: gbp(-1_000) }),
    (world) => copy(world, 'r-3', { lineId: 'x-3', pspRef: 'pay_other' }),
  ],
  'missing-there': [
    (world) => drop(world, 'l-1'),
    (world) => drop(world, 'r-2'),
    (world) => void world.rows.delete('o-3:capture:1'),
  ],
  double: [
    (world) => copy(world, 'l-1', { lineId: 'l-1-again' }),
    (world) => copy(world, 'r-2', { lineId: 'r-2-again' }),
    (world) => copy(world, 'l-3', { lineId: 'l-3-again', gross: gbp(999) }),
  ],
  amount: [
    (world) => change(world, 'l-1', { gross: gbp(1_001) }),
    (world) => object(world, 2, { captured: gbp(999) }),
    (world) => void world.rows.set('o-3:refund:r', { amountMinor: 2, currency: 'GBP' }),
  ],
  currency: [
    (world) => change(world, 'l-1', { gross: { minor: 1_000, currency: 'EUR' } }),
    (world) => object(world, 2, { captured: { minor: 1_000, currency: 'EUR' } }),
    (world) => void world.rows.set('o-3:capture:1', { amountMinor: 1_000, currency: 'EUR' }),
  ],
  state: [
    (world) => object(world, 1, { captured: gbp(0), ended: 'voided' }),
    (world) => object(world, 2, { refunds: [{ opId: 'o-2:refund:r', amount: gbp(200), status: 'failed' }] }),
    (world) => object(world, 3, { refunds: [] }),
  ],
  orphan: [1, 2, 3].map((i) => (world: World) => {
    copy(world, `l-${i}`, { lineId: `x-${i}`, pspRef: `pay_x${i}`, orderId: `o-x${i}` });
  }),
  timing: [],
};

test('sources that agree have no difference', () => {
  expect(compare(agreed())).toEqual([]);
});

describe.each(Object.keys(differenceClasses).filter((name) => name !== 'timing') as DifferenceClass[])(
  '%s',
  (name) => {
    test('each of three planted faults is one difference of this class, with age, amount and a command', () => {
      expect(plants[name]).toHaveLength(3);
      for (const plant of plants[name]) {
        const world = agreed();
        plant(world);
        const found = compare(world);
        expect(found.map((one) => one.class)).toEqual([name]);
        expect(found[0]).toMatchObject({ store, currency: expect.stringMatching(/GBP|EUR/), ageDays: 5 });
        expect(found[0]?.amountMinor).toBeGreaterThan(0);
        expect(found[0]?.command).toMatch(/^npx millrace (reconcile|orders show|verify)/);
      }
    });

    test('all three at once are three differences', () => {
      const world = agreed();
      for (const plant of plants[name]) plant(world);
      expect(compare(world).map((one) => one.class)).toEqual([name, name, name]);
    });
  },
);

describe('timing', () => {
  test('what is not settled within two business days is no alarm before; a weekend does not count', () => {
    for (const [days, expected] of [
      [0, 'timing'],
      [2, 'timing'],
      [4, 'timing'],
      [5, 'missing-there'],
    ] as const) {
      const world = agreed();
      drop(world, 'l-1');
      // Wednesday to Friday are two; Saturday and Sunday none
      expect(compare(world, { todayMs: atMs + days * dayMs }).map((one) => one.class)).toEqual([expected]);
    }
  });

  test('a move that stands in the file of a later day is settled', () => {
    const world = agreed();
    change(world, 'l-1', { day: '2026-01-09' });
    expect(compare(world)).toEqual([]);
  });

  test('what the sink has not folded yet is not missing there', () => {
    const world = agreed();
    world.rows.clear();
    expect(compare(world, { isFolded: () => false })).toEqual([]);
  });
});

test('a refund that failed after it had succeeded owes the file nothing, and the provider agrees', () => {
  const world = agreed();
  const failed = {
    type: 'RefundRecorded',
    store,
    orderId: 'o-1',
    opId: 'o-1:refund:r',
    as: 'failed',
  } as EventBody;
  world.books.fold(0, { body: failed, atMs, seq: 99 });
  drop(world, 'r-1');
  object(world, 1, { refunds: [{ opId: 'o-1:refund:r', amount: gbp(200), status: 'failed' }] });
  expect(compare(world)).toEqual([]);
});

test('a line read twice is one line', () => {
  const world = agreed();
  world.lines.push(...world.lines);
  expect(compare(world)).toEqual([]);
});
