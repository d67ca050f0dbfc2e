import { blank, change, type Corruption, drop, exorcise, find, renumber } from './change-run.ts';

/** What I-04 (paths), I-09 (releases), I-11 (the provider's book) and I-12 (time) must see. */
export const pathCorruptions: readonly Corruption[] = [
  {
    name: 'an order that commits before it is authorized',
    rule: 'I-04',
    plant: (run) => drop(run, 'orders', 'PaymentOpRequested'),
  },
  {
    name: 'a sale after the order was declined',
    rule: 'I-04',
    plant: (run) => {
      exorcise(run);
      const { body: sale } = find(run, 'orders', 'OrderConfirmed');
      const { records, i, record, event, body } = find(
        run,
        'orders',
        'OrderClosed',
        0,
        ({ as }) => as === 'Declined',
      );
      const after = { ...event, body: { ...sale, orderId: body.orderId } };
      records.splice(i + 1, 0, { ...record, event: after });
      renumber(records);
    },
  },
  {
    name: 'a capture of money that was not authorized',
    rule: 'I-04',
    plant: (run) => drop(run, 'orders', 'PaymentAuthorized'),
  },
  {
    name: 'an order that is archived before its end',
    rule: 'I-04',
    plant: (run) => {
      exorcise(run);
      const archived = find(run, 'orders', 'OrderArchived').body;
      const { records, i, record, event, body } = find(run, 'orders', 'CommitStarted');
      const early = { ...event, body: { ...archived, orderId: body.orderId } };
      records.splice(i + 1, 0, { ...record, event: early });
      renumber(records);
    },
  },
  {
    name: 'an event of an order that is archived',
    rule: 'I-04',
    says: /which is archived/,
    plant: (run) => {
      exorcise(run);
      const { records, i, record } = find(run, 'orders', 'OrderArchived');
      records.splice(i + 1, 0, record);
      renumber(records);
    },
  },
  {
    name: 'an order archived by a wrong time of rest',
    rule: 'I-04',
    says: /archived as Confirmed since/,
    plant: (run) =>
      change(run, 'orders', 'OrderArchived', ({ atRestSinceMs }) => ({ atRestSinceMs: atRestSinceMs - 1 })),
  },
  {
    name: 'a SKU that resumes and was not halted',
    rule: 'I-04',
    plant: (run) => drop(run, 'stock', 'SkuHalted'),
  },
  {
    name: 'an anomaly that names another state than the order’s',
    rule: 'I-04',
    plant: (run) => {
      const { records, i, record, event } = find(run, 'orders', 'CommandRefused');
      const { key } = event.body as { key: string };
      const body = {
        type: 'AnomalyRecorded',
        command: 'HoldPlaced',
        key,
        state: 'Holding',
        reason: 'impossible-in-this-state',
      } as const;
      records[i] = { ...record, event: { ...event, body } };
    },
  },

  {
    name: 'a hold released that no order gave up',
    rule: 'I-09',
    says: /no order's unwinding/,
    plant: (run) => blank(run, 'orders', 'UnwindStarted', 1),
  },
  {
    name: 'a hold released while its money is in doubt',
    rule: 'I-09',
    says: /has no determinate answer/,
    plant: (run) => blank(run, 'orders', 'PaymentDeclined'),
  },
  {
    name: 'a hold released by another message than the order’s',
    rule: 'I-09',
    plant: (run) => {
      const { records, i, record, event } = find(run, 'stock', 'HoldReleased');
      const cause = { ...event.cause, index: (event.cause.index ?? 0) + 1 };
      records[i] = { ...record, event: { ...event, cause } };
    },
  },

  {
    name: 'an operation under a key that no intent names',
    rule: 'I-11',
    plant: (run) => {
      const [first, ...others] = run.operations ?? [];
      if (first) run.operations = [{ ...first, key: 'made-up' }, ...others];
    },
  },
  {
    name: 'two byte strings under one key',
    rule: 'I-11',
    plant: (run) => {
      const [first, ...others] = run.operations ?? [];
      if (first) run.operations = [{ ...first, digests: [...first.digests, 'other'] }, ...others];
    },
  },
  {
    name: 'an amount in the provider’s book one off',
    rule: 'I-11',
    plant: (run) => {
      run.operations =
        run.operations?.map((one, i) => (i === 4 ? { ...one, amount: one.amount - 1 } : one)) ?? null;
    },
  },
  {
    name: 'an operation of another currency',
    rule: 'I-11',
    plant: (run) => {
      run.operations = run.operations?.map((one, i) => (i === 2 ? { ...one, currency: 'EUR' } : one)) ?? null;
    },
  },
  {
    name: 'an operation whose intent is not in the journal',
    rule: 'I-11',
    says: /without an intent/,
    plant: (run) => blank(run, 'orders', 'PaymentOpRequested', 3),
  },

  {
    name: 'a time that falls',
    rule: 'I-12',
    says: /time falls/,
    plant: (run) => {
      const { records, i, record, event } = find(run, 'stock', 'HoldCommitted', 2);
      records[i] = { ...record, event: { ...event, atMs: event.atMs - 1_000 } };
    },
  },
  {
    name: 'an event under a watermark',
    rule: 'I-12',
    plant: (run) => {
      const { records, i, record, event } = find(run, 'orders', 'TimePassed');
      const at = event.atMs + 60_000;
      records[i] = { ...record, event: { ...event, atMs: at, body: { type: 'TimePassed', atMs: at } } };
    },
  },
  {
    name: 'a time that is not the log’s',
    rule: 'I-12',
    says: /by the log it is/,
    plant: (run) => {
      const { records, i, record, event } = find(run, 'catalogue', 'ProductPut');
      records[i] = { ...record, event: { ...event, atMs: event.atMs + 1 } };
    },
  },
  {
    name: 'a watermark before its own event',
    rule: 'I-12',
    plant: (run) => change(run, 'orders', 'TimePassed', ({ atMs }) => ({ atMs: atMs - 1 })),
  },
  {
    name: 'an order archived before its time',
    rule: 'I-12',
    says: /is archived, it rests since/,
    plant: (run) =>
      change(run, 'orders', 'OrderArchived', ({ atRestSinceMs }) => ({
        atRestSinceMs: atRestSinceMs + 86_400_000,
      })),
  },
  {
    name: 'an order that expires before its deadline',
    rule: 'I-12',
    says: /its deadline is/,
    plant: (run) => {
      const { body: expired } = find(run, 'orders', 'UnwindStarted', 0, ({ to }) => to === 'Expired');
      change(
        run,
        'orders',
        'OrderPlaced',
        ({ holdUntilMs }) => ({ holdUntilMs: holdUntilMs + 86_400_000 }),
        0,
        ({ orderId }) => orderId === expired.orderId,
      );
    },
  },
  {
    name: 'an order that expires by another command than a Tick',
    rule: 'I-12',
    says: /without a Tick/,
    plant: (run) => change(run, 'orders', 'UnwindStarted', () => ({ to: 'Expired' })),
  },
];
