import { change, double, drop, exorcise, find, inboxOf, renumber, type Corruption } from './change-run.ts';

export const logCorruptions: readonly Corruption[] = [
  {
    name: 'a 202 whose order is not in the log',
    rule: 'I-01',
    plant: (run) => drop(run, 'orders', 'OrderPlaced'),
  },
  { name: 'an order placed twice', rule: 'I-01', plant: (run) => double(run, 'orders', 'OrderPlaced') },
  {
    name: 'an order under a key that was only ever refused',
    rule: 'I-01',
    plant: (run) => {
      for (const [i, step] of run.client.entries()) {
        if (step.key === 'cart-1' && step.step === 'ok')
          run.client[i] = { ...step, step: 'fail', status: 422, code: 'unknown-sku' };
      }
    },
  },
  {
    name: 'a reused key answered 202 without its refusal',
    rule: 'I-01',
    plant: (run) => change(run, 'orders', 'CommandRefused', () => ({ reason: 'other' })),
  },
  {
    name: 'stock received twice for one command',
    rule: 'I-01',
    plant: (run) => double(run, 'stock', 'StockReceived'),
  },
  {
    name: 'a movement answered 202 without an event',
    rule: 'I-01',
    plant: (run) => drop(run, 'stock', 'StockReceived'),
  },
  {
    name: 'a product command quarantined after its 202',
    rule: 'I-01',
    plant: (run) => {
      const { records, i, record, event } = find(run, 'catalogue', 'ProductPut');
      records[i] = {
        ...record,
        key: null,
        event: {
          ...event,
          body: { type: 'CommandQuarantined', offset: event.cause.offset, reason: 'decode', sha256: '' },
        },
      };
    },
  },
  {
    name: 'an event under the key of another order',
    rule: 'I-02',
    plant: (run) => {
      const { records, i, record } = find(run, 'orders', 'HoldRecorded');
      records[i] = { ...record, key: find(run, 'orders', 'HoldRecorded', 20).record.key };
    },
  },
  {
    name: 'an event of another store',
    rule: 'I-02',
    plant: (run) => change(run, 'orders', 'CommitStarted', () => ({ store: 'other' })),
  },
  {
    name: 'an event with another fingerprint than its command',
    rule: 'I-02',
    plant: (run) => change(run, 'orders', 'OrderPlaced', () => ({ fingerprint: 'f-forged' })),
  },
  {
    name: 'an order whose id is not the hash of its key',
    rule: 'I-02',
    plant: (run) => {
      const i = run.client.findIndex(({ step, orderId }) => step === 'ok' && orderId !== null);
      const step = run.client[i];
      if (step) run.client[i] = { ...step, key: `${step.key}x` };
    },
  },
  {
    name: 'a payment key that is not derived',
    rule: 'I-02',
    plant: (run) => change(run, 'orders', 'PaymentOpRequested', () => ({ key: 'random' })),
  },
  {
    name: 'a hold under another id',
    rule: 'I-02',
    plant: (run) => change(run, 'stock', 'HoldPlaced', ({ orderId }) => ({ holdId: `${orderId}:OTHER` })),
  },
  {
    name: 'a journal on the other partition',
    rule: 'I-02',
    plant: (run) => {
      const [a, b] = [run.journals.get('catalogue/0'), run.journals.get('catalogue/1')];
      const [x, y] = [run.inboxes.get('catalogue/0'), run.inboxes.get('catalogue/1')];
      if (!a || !b || !x || !y) return;
      run.journals.set('catalogue/0', b).set('catalogue/1', a);
      run.inboxes.set('catalogue/0', y).set('catalogue/1', x);
    },
  },
  {
    name: 'a journal record lost',
    rule: 'I-03',
    plant: (run) => {
      const { records, i } = find(run, 'orders', 'CommitRecorded', 2);
      records.splice(i, 1);
    },
  },
  {
    name: 'a number left out by the owner',
    rule: 'I-03',
    plant: (run) => {
      const { records, i } = find(run, 'stock', 'HoldCommitted', 2);
      for (const [k, record] of records.entries()) {
        if (k >= i && record.event)
          records[k] = { ...record, event: { ...record.event, seq: record.event.seq + 1 } };
      }
    },
  },
  {
    name: 'two events swapped',
    rule: 'I-03',
    plant: (run) => {
      exorcise(run);
      const { records, i } = find(run, 'stock', 'HoldPlaced', 1);
      const [a, b] = [records[i], records[i + 1]];
      if (!a || !b) return;
      records.splice(i, 2, b, a);
      renumber(records);
    },
  },
  {
    name: 'a record by a writer who was never in force',
    rule: 'I-03',
    plant: (run) => {
      const { records, record, event } = find(run, 'orders', 'TimePassed');
      records.push({
        ...record,
        offset: records.length,
        event: { ...event, writer: 'stranger', seq: event.seq + 1 },
      });
    },
  },
  {
    name: 'a second owner that follows nobody',
    rule: 'I-03',
    plant: (run) => {
      const { records, i, event } = find(run, 'orders', 'TimePassed');
      const record = records[i];
      const body = { type: 'Barrier', writer: 'second', follows: null } as const;
      if (record)
        records.push(
          { ...record, offset: records.length, event: { ...event, writer: 'second', body } },
          {
            ...record,
            offset: records.length + 1,
            event: { ...event, writer: 'second', seq: event.seq + 1 },
          },
        );
    },
  },
  {
    name: 'another decision under a number that was taken',
    rule: 'I-03',
    plant: (run) => {
      const { records, record, event } = find(run, 'catalogue', 'TimePassed');
      records.push({ ...record, offset: records.length, event, crc: record.crc + 1 });
    },
  },
  {
    name: 'a command lost between two others',
    rule: 'I-03',
    plant: (run) => {
      const { records, i } = inboxOf(
        run,
        ({ command, mark }) => command?.body.type === 'ReportOutcome' && mark === null,
      );
      const task = [...run.inboxes].find(([, list]) => list === records)?.[0] ?? '';
      exorcise(run);
      const journal = run.journals.get(task) ?? [];
      journal.splice(
        0,
        journal.length,
        ...journal.filter(({ event }) => event?.cause.offset !== i || event.body.type === 'Barrier'),
      );
      renumber(journal);
    },
  },
  {
    name: 'an inbox record lost',
    rule: 'I-03',
    plant: (run) => {
      const { records, i } = inboxOf(run, ({ command }) => command?.body.type === 'CommitHold');
      records.splice(i, 1);
    },
  },
  {
    name: 'an event that names another source message',
    rule: 'I-03',
    plant: (run) => {
      const { records, i, record, event } = find(run, 'orders', 'CommitRecorded', 3);
      records[i] = {
        ...record,
        event: { ...event, cause: { ...event.cause, seq: (event.cause.seq ?? 0) + 1 } },
      };
    },
  },
  {
    name: 'a cause that goes back',
    rule: 'I-03',
    plant: (run) => {
      const { records, i, record, event } = find(run, 'stock', 'HoldReleased');
      records[i] = { ...record, event: { ...event, cause: { ...event.cause, offset: 0 } } };
    },
  },
];
