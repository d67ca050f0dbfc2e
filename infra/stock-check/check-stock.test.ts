import { expect, test } from 'vitest';
import { createCleanRun } from '../audit/self-test/clean-run.ts';
import { toRecording } from '../audit/self-test/memory-recording.ts';
import { checkStock } from './check-stock.ts';
import { type DifferenceClass, differenceClasses } from './difference.ts';
import { holdId, orderId, sku, store, TwoJournals } from './testing/two-journals.ts';

const lines = (quantity: number) => [{ line: 1, sku, holdId, quantity }];
const hold = (quantity: number) => [{ holdId, sku, quantity }];
const confirmed = (): TwoJournals => new TwoJournals().receive(10).place(4).sell(4);

/** A world with one difference each, and what must be said of it. */
const planted: Readonly<
  Record<
    DifferenceClass,
    { readonly world: () => TwoJournals; readonly mend: string; readonly repair: unknown }
  >
> = {
  parked: {
    world: () => {
      const world = new TwoJournals().receive(10).place(4);
      const seq = world.order({ type: 'UnwindStarted', holds: hold(4), commits: [] });
      world.stock({ type: 'CommandParked', key: `${store}/${sku}`, command: 'ReleaseHold' }, [seq, 0]);
      return world.close();
    },
    mend: `npx millrace dlq redrive stock ${store}/${sku}`,
    repair: null,
  },
  'level-broken': {
    world: () => {
      const world = new TwoJournals().receive(2).place(2);
      world.stock({ type: 'StockAdjusted', quantity: -1, corrects: null });
      return world;
    },
    mend: 'npx millrace verify',
    repair: null,
  },
  'hold-of-no-order': {
    world: () => {
      const world = new TwoJournals().receive(10);
      world.stock({ type: 'HoldPlaced', holdId, orderId, quantity: 4 }, [1, 0]);
      return world;
    },
    mend: `npx millrace stock check --repair --only ${holdId}`,
    repair: { type: 'ReleaseHold', holdId, orderId, sku, reason: 'repaired' },
  },
  'hold-left-open': {
    world: () => {
      const world = new TwoJournals().receive(10).place(4);
      return world.decided(world.order({ type: 'UnwindStarted', holds: hold(4), commits: [] }));
    },
    mend: `npx millrace stock check --repair --only ${holdId}`,
    repair: { type: 'ReleaseHold', holdId, orderId, sku, reason: 'repaired' },
  },
  'commit-missing': {
    world: () => {
      const world = new TwoJournals().receive(10).place(4);
      return world.decided(world.order({ type: 'CommitStarted', holds: hold(4) }));
    },
    mend: `npx millrace stock check --repair --only ${holdId}`,
    repair: { type: 'CommitHold', holdId, orderId, sku },
  },
  'reverse-missing': {
    world: () => {
      const world = confirmed();
      return world.decided(world.order({ type: 'LinesCancelled', lines: lines(3) }));
    },
    mend: `npx millrace stock check --repair --only ${holdId}`,
    repair: { type: 'ReverseCommit', holdId, orderId, sku, quantity: 3 },
  },
  'shipment-missing': {
    world: () => {
      const world = confirmed();
      return world.decided(world.order({ type: 'ShipmentRecorded', lines: lines(3) }));
    },
    mend: `npx millrace stock check --repair --only ${holdId}`,
    repair: { type: 'ShipAllocated', holdId, orderId, sku, quantity: 3, shipmentId: 'stock-check' },
  },
  'restock-missing': {
    world: () => {
      const world = confirmed();
      const returned = { type: 'ReturnReceived', returnId: 'r', receiptId: 't', lines: lines(2) };
      return world.decided(world.order({ ...returned, sellable: true }));
    },
    mend: 'npx millrace stock check --repair --only r:t:1',
    repair: { type: 'Restock', sku, returnId: 'r', receiptId: 't:1', orderId, quantity: 2 },
  },
  'hold-missing': {
    world: () => {
      const world = new TwoJournals().receive(10).place(4);
      world.stock({ type: 'HoldReleased', holdId, orderId, quantity: 4 });
      return world;
    },
    mend: `npx millrace orders cancel ${orderId}`,
    repair: null,
  },
  'quantity-differs': {
    world: () => {
      const world = new TwoJournals().receive(10);
      const seq = world.order({ type: 'OrderPlaced', holds: hold(4) });
      world.stock({ type: 'HoldPlaced', holdId, orderId, quantity: 3 }, [seq, 0]);
      return world;
    },
    mend: `npx millrace orders cancel ${orderId}`,
    repair: null,
  },
  'reverse-unasked': {
    world: () => {
      const world = confirmed();
      world.stock({ type: 'CommitReversed', holdId, orderId, quantity: 2 });
      return world;
    },
    mend: `npx millrace stock adjust ${sku} --quantity -2 --reason count-loss`,
    repair: null,
  },
  'shipment-unasked': {
    world: () => {
      const world = confirmed();
      world.stock({ type: 'AllocationShipped', holdId, orderId, quantity: 2 });
      return world;
    },
    mend: 'npx millrace verify',
    repair: null,
  },
  'restock-unasked': {
    world: () => {
      const world = confirmed();
      world.stock({ type: 'StockRestocked', returnId: 'r', receiptId: 't:1', orderId, quantity: 2 });
      return world;
    },
    mend: `npx millrace stock adjust ${sku} --quantity -2 --reason count-loss`,
    repair: null,
  },
  'correction-of-nothing': {
    world: () => {
      const world = new TwoJournals().receive(10);
      world.stock({ type: 'StockAdjusted', quantity: -2, corrects: 'NOBODY', commandId: 'M2' });
      return world;
    },
    mend: `npx millrace stock adjust ${sku} --quantity 2 --reason correction --corrects M2`,
    repair: null,
  },
  'view-missing': {
    world: () => new TwoJournals().receive(10).viewAt(1, null),
    mend: 'npx millrace views rebuild',
    repair: null,
  },
  'view-extra': {
    world: () => new TwoJournals().viewAt(0, { store, sku, position: '0.0' }, []),
    mend: 'npx millrace views rebuild',
    repair: null,
  },
  'view-differs': {
    world: () => new TwoJournals().receive(10).viewAt(1, { ...received(10), onHand: 11 }),
    mend: 'npx millrace views rebuild',
    repair: null,
  },
  'view-unlisted': {
    world: () => new TwoJournals().receive(10).viewAt(1, received(10), []),
    mend: 'npx millrace views rebuild',
    repair: null,
  },
};

const received = (quantity: number) => ({
  store,
  sku,
  halted: false,
  onHand: quantity,
  held: 0,
  allocated: 0,
  received: quantity,
  adjusted: 0,
  restocked: 0,
  committed: 0,
  reversed: 0,
  shipped: 0,
  perCustomer: null,
  updatedAtMs: 1_700_000_000_000,
  position: '0.1',
});

const classesOf = async (world: TwoJournals) =>
  (await checkStock(world.recording())).differences.map((one) => one.class);

test.each(Object.keys(differenceClasses) as DifferenceClass[])(
  'finds %s and names its mend',
  async (name) => {
    const { world, mend, repair } = planted[name];
    const { differences } = await checkStock(world().recording());
    const own = differences.filter((one) => one.class === name);
    expect(own).toMatchObject([{ class: name, mend, repair }]);
    expect(own[0]?.what).not.toBe('');
    if (name !== 'view-missing') expect(differences).toEqual(own);
  },
);

test('finds nothing in a run that the auditor finds clean, and looked at all of it', async () => {
  const run = createCleanRun();
  const check = await checkStock(toRecording(run));
  expect(check.differences).toEqual([]);
  expect(check.orders).toBeGreaterThan(5);
  expect(check.holds).toBeGreaterThan(5);
  expect(check.documents).toBeGreaterThan(1);
});

test('an order whose pieces were cancelled, shipped and taken back is whole', async () => {
  const world = confirmed();
  const cancelled = world.order({ type: 'LinesCancelled', lines: lines(1) });
  world.stock({ type: 'CommitReversed', holdId, orderId, quantity: 1 }, [cancelled, 0]);
  const shipped = world.order({ type: 'ShipmentRecorded', lines: lines(3) });
  world.stock({ type: 'AllocationShipped', holdId, orderId, quantity: 3 }, [shipped, 0]);
  const returned = { type: 'ReturnReceived', returnId: 'r', receiptId: 't', lines: lines(2) };
  const seq = world.order({ ...returned, sellable: true });
  world.stock({ type: 'StockRestocked', returnId: 'r', receiptId: 't:1', orderId, quantity: 2 }, [seq, 0]);
  world.decided(world.order({ ...returned, receiptId: 'u', sellable: false }));
  expect(await classesOf(world)).toEqual([]);
});

test('what is on its way is no difference', async () => {
  const releasing = new TwoJournals().receive(10).place(4);
  releasing.order({ type: 'UnwindStarted', holds: hold(4), commits: [] });
  const committing = new TwoJournals().receive(10).place(4);
  committing.order({ type: 'CommitStarted', holds: hold(4) });
  const asking = new TwoJournals().receive(10);
  asking.order({ type: 'OrderPlaced', holds: hold(4) });
  const heard = new TwoJournals().receive(10);
  heard.order({ type: 'OrderPlaced', holds: hold(4) });
  heard.order({ type: 'HoldRecorded', holdId, as: 'placed' });
  // the release of another SKU was decided, the reversal behind it was not
  const unwinding = confirmed();
  const other = [{ holdId: `${orderId}:CUP`, sku: 'CUP', quantity: 1 }];
  unwinding.decided(unwinding.order({ type: 'UnwindStarted', holds: other, commits: hold(4) }));
  const after = confirmed();
  after.order({ type: 'LinesCancelled', lines: lines(1) });
  after.order({ type: 'ShipmentRecorded', lines: lines(3) });
  after.order({
    type: 'ReturnReceived',
    returnId: 'r',
    receiptId: 't',
    lines: lines(2),
    sellable: true,
  });
  for (const world of [releasing, committing, asking, heard, unwinding, after])
    expect(await classesOf(world)).toEqual([]);
});

test('a view that has not read all yet is compared with what it has read', async () => {
  expect(await classesOf(new TwoJournals().receive(10).viewAt(1, received(10)).place(4))).toEqual([]);
});

test('a closed order keeps nothing, whatever it forgot to ask for', async () => {
  expect(await classesOf(new TwoJournals().receive(10).place(4).close())).toEqual(['hold-left-open']);
  expect(await classesOf(confirmed().close())).toEqual(['reverse-missing']);
});

test('a parked SKU says only that, for its holds wait with it', async () => {
  expect(await classesOf(planted.parked.world())).toEqual(['parked']);
});
