import type { MemoryRun } from '../memory-recording.ts';
import {
  alter,
  alterCommand,
  blank,
  change,
  changePosition,
  type Corruption,
  double,
  entryOf,
  exorcise,
  find,
  inboxOf,
} from './change-run.ts';

/** A client that heard another answer than it wrote down. */
function answer(run: MemoryRun, key: string, step: 'fail' | 'unknown'): void {
  for (const [i, one] of run.client.entries()) {
    if (one.key === key && one.step === 'ok')
      run.client[i] = { ...one, step, status: step === 'fail' ? 422 : null, code: 'unknown-sku' };
  }
}

const takeAway = (run: MemoryRun, key: (name: string) => boolean): void => {
  const { entries, i } = entryOf(run, (entry) => key(entry.key));
  entries.splice(i, 1);
};

/** The less likely things: each is seen by a clause that no other corruption meets. */
export const finerCorruptions: readonly Corruption[] = [
  {
    name: 'an order without an answer, placed twice',
    rule: 'I-01',
    says: /has an unknown answer and 2 OrderPlaced/,
    plant: (run) => {
      const { orderId } = find(run, 'orders', 'OrderPlaced').body;
      const placed = run.client.find((step) => step.orderId === orderId);
      answer(run, placed?.key ?? '', 'unknown');
      double(run, 'orders', 'OrderPlaced');
    },
  },
  {
    name: 'a product put that was refused',
    rule: 'I-01',
    says: /only ever refused and has an effect/,
    plant: (run) => answer(run, 'p1', 'fail'),
  },
  {
    name: 'a decision on a command nobody can read',
    rule: 'I-02',
    says: /cannot be read, and is not quarantined/,
    plant: (run) =>
      alter(
        run,
        ({ command }) => command?.body.type === 'ReceiveStock',
        (record) => ({ ...record, command: null }),
      ),
  },
  {
    name: 'a decision on a command under a wrong key',
    rule: 'I-02',
    says: /its aggregate is/,
    plant: (run) =>
      alter(
        run,
        ({ command }) => command?.body.type === 'ReceiveStock',
        (record) => ({ ...record, key: 'demo/OTHER' }),
      ),
  },
  {
    name: 'an operation under a made up id',
    rule: 'I-02',
    says: /the operation x:authorize:1 is not/,
    plant: (run) => change(run, 'orders', 'PaymentOpRequested', () => ({ opId: 'x:authorize:1' })),
  },
  {
    name: 'an order under an id that is none',
    rule: 'I-02',
    plant: (run) => change(run, 'orders', 'OrderPlaced', () => ({ orderId: 'order-1' })),
  },
  {
    name: 'an event that says its own messages are acknowledged',
    rule: 'I-03',
    says: /messages are acknowledged/,
    plant: (run) => {
      const { records, i, record, event } = find(run, 'orders', 'OrderPlaced');
      records[i] = { ...record, event: { ...event, routedThrough: event.seq } };
    },
  },
  {
    name: 'a quarantine of another record than its cause',
    rule: 'I-03',
    says: /quarantines another offset/,
    plant: (run) => change(run, 'orders', 'CommandQuarantined', ({ offset }) => ({ offset: offset - 1 })),
  },
  {
    name: 'a record quarantined twice',
    rule: 'I-03',
    says: /which was decided before/,
    plant: (run) => double(run, 'orders', 'CommandQuarantined'),
  },
  {
    name: 'an event of another order than its command',
    rule: 'I-03',
    says: /its cause at inbox offset/,
    plant: (run) => {
      const { records, i, record } = find(run, 'orders', 'HoldRecorded');
      records[i] = { ...record, key: find(run, 'orders', 'HoldRecorded', 20).record.key };
    },
  },
  {
    name: 'events of an order that was never placed',
    rule: 'I-05',
    says: /never placed/,
    plant: (run) => blank(run, 'orders', 'OrderPlaced'),
  },
  {
    name: 'a hold refused that was given before',
    rule: 'I-07',
    says: /is refused \(insufficient\)/,
    plant: (run) => {
      const { records, i } = find(run, 'stock', 'HoldRefused');
      const before = records.slice(0, i).find(({ event }) => event?.body.type === 'HoldPlaced');
      if (before?.event?.body.type !== 'HoldPlaced') throw new RangeError('a hold was placed before');
      const { holdId } = before.event.body;
      change(run, 'stock', 'HoldRefused', () => ({ holdId }));
    },
  },
  {
    name: 'an order that asks for more than its lines',
    rule: 'I-08',
    says: /other holds than its lines/,
    plant: (run) =>
      change(run, 'orders', 'OrderPlaced', ({ holds }) => ({
        holds: holds.map((hold) => ({ ...hold, quantity: hold.quantity + 1 })),
      })),
  },
  {
    name: 'a sale of an order that was never placed',
    rule: 'I-08',
    says: /confirmed and was never placed/,
    plant: (run) => blank(run, 'orders', 'OrderPlaced'),
  },
  {
    name: 'a capture for an order that was never placed',
    rule: 'I-10',
    says: /a capture for .* never placed/,
    plant: (run) => blank(run, 'orders', 'OrderPlaced'),
  },
  {
    name: 'an order closed with another total',
    rule: 'I-10',
    says: /is closed with/,
    plant: (run) =>
      change(run, 'orders', 'OrderClosed', ({ totalMinor }) => ({ totalMinor: totalMinor + 1 })),
  },
  {
    name: 'money taken for an order that is no sale',
    rule: 'I-10',
    says: /is captured and not confirmed/,
    plant: (run) => blank(run, 'orders', 'OrderConfirmed'),
  },
  {
    name: 'a message without an effect',
    rule: 'I-13',
    says: /took no effect/,
    plant: (run) => {
      const { records, i, record, event } = find(run, 'stock', 'HoldCommitted', 1);
      const cause = { ...event.cause, offset: event.cause.offset - 1 };
      records[i] = { ...record, event: { ...event, cause } };
    },
  },
  {
    name: 'a message left undecided at rest',
    rule: 'I-13',
    plant: (run) => {
      exorcise(run);
      const { records, record } = inboxOf(run, ({ mark }) => mark !== null && mark !== 'bad');
      const { mark } = record;
      if (mark === null || mark === 'bad') return;
      const pair = { seq: 9_999, index: 0 };
      records.push({ ...record, offset: records.length, mark: { ...mark, pair } });
    },
  },
  {
    name: 'a refund refused that its order asked for in vain',
    rule: 'I-18',
    says: /stale-intent/,
    plant: (run) =>
      alterCommand(
        run,
        ({ command }) => command?.body.type === 'ReportOutcome' && command.body.kind === 'refund',
        ({ key }) => {
          const { body } = find(run, 'orders', 'PaymentOpRequested', 1, ({ orderId }) => orderId === key);
          return { opId: body.opId, attempt: body.attempt, kind: body.kind };
        },
      ),
  },
  {
    name: 'a view position that is none',
    rule: 'I-14',
    says: /is no position/,
    plant: (run) => changePosition(run, 'seq', 'soon'),
  },
  {
    name: 'a view without its position',
    rule: 'I-14',
    says: /stands in a view without a position/,
    plant: (run) => takeAway(run, (key) => key.endsWith('{o0}:position')),
  },
  {
    name: 'a view that is not there',
    rule: 'I-14',
    says: /is missing, the journal has events/,
    plant: (run) => void run.views.get('stock/0')?.splice(0),
  },
  {
    name: 'a SKU missing in Redis',
    rule: 'I-14',
    says: /is missing/,
    plant: (run) => takeAway(run, (key) => key.includes(':sku:demo/')),
  },
  {
    name: 'the event stream missing in Redis',
    rule: 'I-14',
    says: /:events is missing/,
    plant: (run) => takeAway(run, (key) => key.endsWith('{o0}:events')),
  },
];
