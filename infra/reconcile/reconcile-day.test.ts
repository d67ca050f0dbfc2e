import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import type { Facts, Payout, SettlementEntry } from '../psp/psp.ts';
import { MoneyBooks } from './money-books.ts';
import { type Day, differenceClasses, type DifferenceClass, type SinkRow } from './difference.ts';
import { sumsOf } from './day-sums.ts';
import { reconcileDay } from './reconcile-day.ts';

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
  readonly rows: Map<string, SinkRow>;
  /** What the provider makes of its payouts. */
  paysOut: (payouts: readonly Payout[]) => readonly Payout[];
}

const rowOf = (orderId: string, of: Pick<SinkRow, 'kind' | 'amountMinor'> & Partial<SinkRow>): SinkRow => ({
  store,
  orderId,
  currency: 'GBP',
  atMs,
  isDouble: false,
  ...of,
});

/** Nine orders of 10.00 GBP, captured, with a refund of 2.00 each; all is paid out, and every source says so. */
function agreed(): World {
  const world: World = {
    books: new MoneyBooks(),
    lines: [],
    objects: new Map(),
    rows: new Map(),
    paysOut: (payouts) => payouts,
  };
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
    world.rows.set(opIds[0], rowOf(orderId, { kind: 'charge', amountMinor: 1_000 }));
    world.rows.set(opIds[1], rowOf(orderId, { kind: 'refund', amountMinor: 200 }));
  }
  return world;
}

/** The lines of each day and currency in one payout, made that day. */
function payoutsOf(lines: readonly SettlementEntry[]): readonly Payout[] {
  const currencyOf = ({ gross, settled = gross }: SettlementEntry) => settled.currency;
  const distinct = [...new Map(lines.map((line) => [line.lineId, line])).values()];
  return [...Map.groupBy(distinct, (line) => `${line.day} ${currencyOf(line)}`)].map(([payoutId, own]) => ({
    payoutId,
    day: payoutId.slice(0, 10),
    amount: {
      minor: own.reduce((sum, { netMinor }) => sum + netMinor, 0),
      currency: payoutId.slice(11),
    },
    lines: own.map(({ lineId, netMinor }) => ({ lineId, netMinor })),
  }));
}

const compare = (world: World, of: Partial<Day> = {}) =>
  reconcileDay({
    ...world,
    payouts: world.paysOut(payoutsOf(world.lines)),
    payoutWithinDays: 2,
    summed: new Set(),
    store,
    day,
    todayMs: atMs + 5 * dayMs,
    isFolded: () => true,
    ...of,
  });

/** The line with another gross; its net follows unless it is given. */
const lineWith = (line: SettlementEntry, to: Partial<SettlementEntry>): SettlementEntry => ({
  ...line,
  netMinor: (to.gross ?? line.gross).minor - line.feeMinor,
  ...to,
});

function change(world: World, lineId: string, to: Partial<SettlementEntry>): void {
  const at = world.lines.findIndex((line) => line.lineId === lineId);
  const line = world.lines[at];
  if (line) world.lines[at] = lineWith(line, to);
}
const changeRow = (world: World, opId: string, to: Partial<SinkRow>): void => {
  const row = world.rows.get(opId);
  if (row) world.rows.set(opId, { ...row, ...to });
};
const changePayout = (world: World, to: (payout: Payout) => Payout | readonly Payout[]): void => {
  world.paysOut = (payouts) => payouts.flatMap(to);
};
const drop = (world: World, ...lineIds: readonly string[]): void => {
  world.lines.splice(0, Infinity, ...world.lines.filter(({ lineId }) => !lineIds.includes(lineId)));
};
const copy = (world: World, lineId: string, to: Partial<SettlementEntry>): void => {
  const line = world.lines.find((one) => one.lineId === lineId);
  if (line) world.lines.push(lineWith(line, to));
};
const object = (world: World, i: number, to: Partial<Facts>): void => {
  const facts = world.objects.get(`pay_${i}`);
  if (facts && facts !== 'not-found') world.objects.set(`pay_${i}`, { ...facts, ...to });
};

/** One line in a second payout, whose own sum is right. */
const paidAgain = ({ day: of, lines }: Payout, lineId: string): Payout => {
  const again = lines.filter((line) => line.lineId === lineId);
  const netMinor = again.reduce((sum, line) => sum + line.netMinor, 0);
  return { payoutId: 'po_again', day: of, amount: gbp(netMinor), lines: again };
};

/** Three faults of each class, or more. */
const plants: Readonly<Record<DifferenceClass, readonly ((world: World) => void)[]>> = {
  'missing-here': [
    (world) => copy(world, 'l-1', { lineId: 'x-1', pspRef: 'pay_nobody', orderId: undefined as never }),
    (world) => copy(world, 'r-2', { lineId: 'x-2', kind: 'dispute', gross: gbp(-1_000) }),
    (world) => copy(world, 'r-3', { lineId: 'x-3', pspRef: 'pay_other' }),
    (world) => world.rows.set('o-x:capture:1', rowOf('o-x', { kind: 'charge', amountMinor: 7 })),
  ],
  'missing-there': [
    (world) => drop(world, 'l-1'),
    (world) => drop(world, 'r-2'),
    (world) => void world.rows.delete('o-3:capture:1'),
    (world) => changePayout(world, () => []),
  ],
  double: [
    (world) => copy(world, 'l-1', { lineId: 'l-1-again' }),
    (world) => copy(world, 'r-2', { lineId: 'r-2-again' }),
    (world) => copy(world, 'l-3', { lineId: 'l-3-again', gross: gbp(999) }),
    (world) => changeRow(world, 'o-4:capture:1', { isDouble: true }),
    (world) => changePayout(world, (payout) => [payout, paidAgain(payout, 'l-5')]),
  ],
  amount: [
    (world) => change(world, 'l-1', { gross: gbp(1_001) }),
    (world) => object(world, 2, { captured: gbp(999) }),
    (world) => changeRow(world, 'o-3:refund:r', { amountMinor: 2 }),
    (world) => change(world, 'l-4', { netMinor: 999 }),
    (world) => object(world, 5, { refunds: [{ opId: 'o-5:refund:r', amount: gbp(199), status: 'done' }] }),
    (world) => changePayout(world, (payout) => ({ ...payout, amount: gbp(payout.amount.minor - 1) })),
  ],
  currency: [
    (world) => change(world, 'l-1', { gross: { minor: 1_000, currency: 'EUR' } }),
    (world) => object(world, 2, { captured: { minor: 1_000, currency: 'EUR' } }),
    (world) => changeRow(world, 'o-3:capture:1', { currency: 'EUR' }),
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
    test('each planted fault is one difference of this class, with age, amount and a command', () => {
      expect(plants[name].length).toBeGreaterThanOrEqual(3);
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

    test('all at once are as many differences', () => {
      const world = agreed();
      for (const plant of plants[name]) plant(world);
      expect(compare(world).map((one) => one.class)).toEqual(plants[name].map(() => name));
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

  test('so is one in the file of the day before: midnight at the provider and in the log is not the same', () => {
    const world = agreed();
    change(world, 'l-1', { day: '2026-01-06' });
    expect(compare(world)).toEqual([]);
  });

  test('of two lines on two days that say the same, the later one is the double', () => {
    const world = agreed();
    copy(world, 'l-1', { lineId: 'l-1-again', day: '2026-01-06' });
    expect(compare(world)).toMatchObject([{ class: 'double', theirs: expect.stringContaining('(l-1)') }]);
  });

  test('lines in no payout yet are no alarm for two business days, and none ever where the plan is not known', () => {
    for (const [days, payoutWithinDays, expected] of [
      [0, 2, ['timing']],
      [4, 2, ['timing']],
      [5, 2, ['missing-there']],
      [5, null, []],
    ] as const) {
      const world = agreed();
      changePayout(world, () => []);
      const found = compare(world, { todayMs: atMs + days * dayMs, payoutWithinDays });
      expect(found.map((one) => one.class)).toEqual(expected);
    }
  });

  test('lines that a payout of a later day holds are paid', () => {
    const world = agreed();
    changePayout(world, (payout) => ({ ...payout, day: '2026-01-09' }));
    expect(compare(world)).toEqual([]);
  });

  test('a line of an operation without an answer is no alarm before two business days', () => {
    const asked = { store, orderId: 'o-1', attempt: 1, currency: 'GBP', pspRef: 'pay_1', amountMinor: 300 };
    const ask = { ...asked, type: 'PaymentOpRequested', kind: 'refund', opId: 'o-1:refund:s' } as EventBody;
    const answer = { ...asked, type: 'RefundRecorded', opId: 'o-1:refund:s', as: 'failed' } as EventBody;
    for (const [days, events, expected] of [
      [0, [ask], 'timing'],
      [4, [ask], 'timing'],
      [5, [ask], 'missing-here'],
      [0, [], 'missing-here'],
      [0, [ask, answer], 'missing-here'],
    ] as const) {
      const world = agreed();
      for (const body of events) world.books.fold(0, { body, atMs, seq: 97 });
      copy(world, 'r-1', { lineId: 'x-1', opId: 'o-1:refund:s', gross: gbp(-300) });
      world.rows.clear();
      const found = compare(world, { todayMs: atMs + days * dayMs, isFolded: () => false });
      expect(found.map((one) => one.class)).toEqual([expected]);
    }
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

test('a payout’s difference says what was paid, what its lines add up to, and how much is missing', () => {
  const world = agreed();
  changePayout(world, (payout) => ({ ...payout, amount: gbp(payout.amount.minor - 250) }));
  // 9 charges of 1,000, 9 refunds of 200, 9 fees of 5
  expect(compare(world)).toMatchObject([
    {
      where: 'payout',
      ours: 'net 7155 GBP of 27 lines',
      theirs: 'payout 6905 GBP (2026-01-07 GBP)',
      amountMinor: 250,
      command: 'npx millrace reconcile --day 2026-01-07 --json',
      line: null,
    },
  ]);
  expect(compare(world, { summed: new Set(['2026-01-07 GBP']) })).toEqual([]);
});

test('a line’s net in its payout is its net in the file', () => {
  const world = agreed();
  changePayout(world, (payout) => ({
    ...payout,
    amount: gbp(payout.amount.minor - 3),
    lines: payout.lines.map((line) =>
      line.lineId === 'l-1' ? { ...line, netMinor: line.netMinor - 3 } : line,
    ),
  }));
  expect(compare(world)).toMatchObject([{ class: 'amount', where: 'payout', amountMinor: 3 }]);
});

test('money settled in another currency is compared in ours, and paid out in theirs', () => {
  const world = agreed();
  change(world, 'l-1', {
    settled: { minor: 1_170, currency: 'EUR' },
    feeMinor: 20,
    netMinor: 1_150,
  });
  expect(compare(world)).toEqual([]);
  expect(sumsOf(store, world.lines)).toMatchObject([
    {
      currency: 'GBP',
      settledCurrency: 'EUR',
      lines: 1,
      grossMinor: 1_000,
      settledMinor: 1_170,
      feeMinor: 20,
    },
    { currency: 'GBP', settledCurrency: 'GBP', lines: 26, grossMinor: 6_155, netMinor: 6_155 },
  ]);
});

test('a dispute is compared with the object and with ClickHouse', () => {
  const dispute = {
    type: 'DisputeRecorded',
    store,
    orderId: 'o-1',
    disputeId: 'd',
    pspRef: 'pay_1',
  } as const;
  const disputed = (as: 'open' | 'won', status: 'open' | 'won' | 'lost', minor = 1_000): World => {
    const world = agreed();
    const body = { ...dispute, as, amountMinor: 1_000, currency: 'GBP' };
    world.books.fold(0, { body, atMs, seq: 98 });
    object(world, 1, { disputes: [{ id: 'd', amount: gbp(minor), status }] });
    world.rows.set('o-1:dispute:d', rowOf('o-1', { kind: 'dispute', amountMinor: 1_000 }));
    return world;
  };
  expect(compare(disputed('open', 'open'))).toEqual([]);
  expect(compare(disputed('won', 'won'))).toEqual([]);
  expect(compare(disputed('won', 'lost'))).toMatchObject([{ class: 'state', where: 'provider' }]);
  expect(compare(disputed('open', 'lost', 900))).toMatchObject([{ class: 'amount', amountMinor: 100 }]);
  const gone = disputed('open', 'open');
  gone.rows.delete('o-1:dispute:d');
  expect(compare(gone)).toMatchObject([{ class: 'missing-there', where: 'clickhouse' }]);
});
