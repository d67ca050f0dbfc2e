import { change, drop, exorcise, find, inboxOf, renumber, type Corruption } from './change-run.ts';

/** What I-20 (rest) and I-21 (stores) must see, and what parking may not do. */
export const restCorruptions: readonly Corruption[] = [
  {
    name: 'a command left undecided at rest',
    rule: 'I-20',
    plant: (run) => {
      const { records, record } = inboxOf(run, ({ command }) => command?.body.type === 'PlaceOrder');
      records.push({ ...record, offset: records.length });
    },
  },
  {
    name: 'a watermark that stands still',
    rule: 'I-20',
    plant: (run) => {
      run.restAtMs = (run.restAtMs ?? 0) + 20_000;
    },
  },
  {
    name: 'a watermark that a clock jump has carried away',
    rule: 'I-20',
    plant: (run) => {
      run.restAtMs = (run.restAtMs ?? 0) - 400_000;
    },
  },
  {
    name: 'a partition without any watermark',
    rule: 'I-20',
    plant: (run) => {
      const journal = run.journals.get('catalogue/0') ?? [];
      const kept = journal.filter(({ event }) => event?.body.type !== 'TimePassed');
      journal.splice(0, journal.length, ...kept);
      renumber(journal);
    },
  },

  {
    name: 'an order of another store than its credential',
    rule: 'I-21',
    plant: (run) => change(run, 'orders', 'OrderPlaced', () => ({ store: 'other' })),
  },
  {
    name: 'a hold of another store than its order’s credential',
    rule: 'I-21',
    plant: (run) => change(run, 'stock', 'HoldCommitted', () => ({ store: 'other' })),
  },
  {
    name: 'goods received for another store',
    rule: 'I-21',
    plant: (run) => change(run, 'stock', 'StockReceived', () => ({ store: 'other' })),
  },
  {
    name: 'a product of another store',
    rule: 'I-21',
    plant: (run) => change(run, 'catalogue', 'ProductPut', () => ({ store: 'other' })),
  },

  {
    name: 'a later command decided while one of its key is parked',
    rule: 'I-03',
    plant: (run) => drop(run, 'stock', 'CommandRedriven', 1),
  },
  {
    name: 'parked commands redriven out of their order',
    rule: 'I-03',
    plant: (run) => {
      const [a, b] = [find(run, 'stock', 'CommandRedriven', 0), find(run, 'stock', 'CommandRedriven', 1)];
      change(run, 'stock', 'CommandRedriven', () => ({ offset: b.body.offset }), 0);
      change(run, 'stock', 'CommandRedriven', () => ({ offset: a.body.offset }), 1);
    },
  },
  {
    name: 'an order that is parked and never redriven',
    rule: 'I-01',
    plant: (run) => {
      exorcise(run);
      const { records, i, record, event, body: placed } = find(run, 'orders', 'OrderPlaced');
      const body = {
        type: 'CommandParked',
        key: placed.orderId,
        command: 'PlaceOrder',
        value: new Uint8Array([0]),
        reason: 'RangeError: …',
      } as const;
      records[i] = { ...record, event: { ...event, body } };
    },
  },
];
