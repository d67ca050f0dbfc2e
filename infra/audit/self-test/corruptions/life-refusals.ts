import {
  alterCommand,
  blank,
  change,
  changeDocument,
  type Corruption,
  double,
  entryOf,
  find,
  life,
  renumber,
} from './change-run.ts';

/** A refusal whose reason is another one, which is not true there. */
const refusedAs = (was: string, reason: string): Corruption =>
  life({
    name: `a refusal as ${reason} of what is ${was}`,
    rule: 'I-18',
    says: new RegExp(`is refused as ${reason}`),
    plant: (run) =>
      change(
        run,
        'orders',
        'CommandRefused',
        () => ({ reason }),
        0,
        (body) => body.reason === was,
      ),
  });

/** A command that was rightly refused, asked for less. */
const askedLess = (reason: string, command: string, less: object): Corruption =>
  life({
    name: `a ${command} refused as ${reason} that could be done`,
    rule: 'I-18',
    says: new RegExp(`is refused as ${reason}`),
    plant: (run) => {
      const { event, record } = find(run, 'orders', 'CommandRefused', 0, (body) => body.reason === reason);
      alterCommand(
        run,
        (one) =>
          one.key === record.key && one.offset === event.cause.offset && one.command?.body.type === command,
        () => less,
      );
    },
  });

/** What I-18 must see of refusals and ends, and what I-01 to I-03, I-14 and I-16 must see of an order's whole life. */
export const lifeRefusalCorruptions: readonly Corruption[] = [
  askedLess('not-open', 'RecordShipment', { lines: [{ line: 2, quantity: 4 }] }),
  life({
    name: 'a refund refused of no more than is left',
    rule: 'I-18',
    says: /is refused as over-refund/,
    plant: (run) =>
      alterCommand(
        run,
        ({ command }) => command?.body.type === 'RequestRefund' && command.body.amountMinor === 501,
        () => ({ amountMinor: 500 }),
      ),
  }),
  askedLess('currency-mismatch', 'RequestRefund', { currency: 'GBP' }),
  refusedAs('not-shipped', 'not-open'),
  refusedAs('not-returnable', 'no-return'),
  refusedAs('no-return', 'not-returnable'),
  refusedAs('partly-shipped', 'disputed'),
  refusedAs('not-open', 'not-confirmed'),
  refusedAs('over-refund', 'closed'),
  refusedAs('not-confirmed', 'closing'),
  refusedAs('closing', 'closed'),
  refusedAs('closed', 'closing'),
  refusedAs('unknown-order', 'archived'),
  life({
    name: 'a delivery refused of what was shipped',
    rule: 'I-18',
    says: /is refused as not-shipped/,
    plant: (run) => {
      const other = find(run, 'orders', 'CommandRefused', 0, ({ reason }) => reason === 'partly-shipped');
      const { records, i, record, event } = other;
      const body = { ...other.body, command: 'RecordDelivery', reason: 'not-shipped' };
      records[i] = { ...record, event: { ...event, body } };
    },
  }),
  life({
    name: 'a return refused of what was shipped and never asked back',
    rule: 'I-18',
    says: /is refused as not-returnable/,
    plant: (run) => blank(run, 'orders', 'ReturnRequested', 0, ({ returnId }) => returnId === 'ret-1'),
  }),
  life({
    name: 'a refund refused for a dispute that is none',
    rule: 'I-18',
    says: /is refused as disputed/,
    plant: (run) =>
      change(
        run,
        'orders',
        'DisputeRecorded',
        () => ({ as: 'won' as const }),
        0,
        ({ as }) => as === 'open',
      ),
  }),
  life({
    name: 'an order cancelled that nobody asked to cancel',
    rule: 'I-18',
    says: /which nobody asked for/,
    plant: (run) => blank(run, 'orders', 'CancelNoted'),
  }),
  life({
    name: 'an expiry of a reservation that stands',
    rule: 'I-18',
    says: /without a Tick/,
    plant: (run) => blank(run, 'orders', 'PaymentLapsed'),
  }),
  life({
    name: 'a capture refused that was never refused',
    rule: 'I-18',
    says: /is declined \(insufficient_funds\)/,
    plant: (run) => blank(run, 'orders', 'PaymentCaptureFailed'),
  }),
  life({
    name: 'an order rejected for a limit that stock kept',
    rule: 'I-18',
    says: /stock refused no such hold/,
    plant: (run) => blank(run, 'stock', 'HoldRefused'),
  }),

  life({
    name: 'a cancel that takes effect twice',
    rule: 'I-01',
    says: /effects/,
    plant: (run) => double(run, 'orders', 'LinesCancelled'),
  }),
  life({
    name: 'a shipment answered 202 without an event',
    rule: 'I-01',
    says: /shipments .* has no event/,
    plant: (run) => blank(run, 'orders', 'ShipmentRecorded'),
  }),
  life({
    name: 'a receipt answered 202 without an event',
    rule: 'I-01',
    says: /receipt .* has no event/,
    plant: (run) => {
      const { body } = find(run, 'orders', 'ReturnReceived');
      blank(run, 'orders', 'ReturnReceived');
      blank(run, 'orders', 'RefundRequested', 0, ({ refundId }) => refundId === body.receiptId);
    },
  }),
  life({
    name: 'a refund’s key that is not derived',
    rule: 'I-02',
    says: /the provider's key is/,
    plant: (run) =>
      change(
        run,
        'orders',
        'PaymentOpRequested',
        () => ({ key: 'made-up' }),
        0,
        ({ kind }) => kind === 'refund',
      ),
  }),
  life({
    name: 'a sale undone under another hold’s id',
    rule: 'I-02',
    says: /the hold .* is not/,
    plant: (run) =>
      change(
        run,
        'orders',
        'UnwindStarted',
        ({ commits }) => ({ commits: commits.map((hold) => ({ ...hold, holdId: 'other' })) }),
        0,
        ({ commits }) => commits.length > 0,
      ),
  }),
  life({
    name: 'news of a provider that is lost',
    rule: 'I-03',
    says: /\(ProviderHint, key psp:x-1\) is no event's cause/,
    plant: (run) => {
      const { records, record } = find(run, 'orders', 'HintKept', 0, ({ orderId }) => orderId === 'psp:x-1');
      records.splice(records.indexOf(record), 1);
      renumber(records);
    },
  }),
  life({
    name: 'pieces shipped in Redis one off',
    rule: 'I-14',
    says: /lines is/,
    plant: (run) =>
      changeDocument(run, /:order:/, ({ lines }) => ({
        lines: (lines as { shipped: number }[]).map((line) => ({ ...line, shipped: line.shipped + 1 })),
      })),
  }),
  life({
    name: 'a refund in Redis that is told to have succeeded',
    rule: 'I-14',
    says: /refunds is/,
    plant: (run) => {
      const { entry } = entryOf(
        run,
        ({ value }) => value.is === 'string' && value.text.includes('"status":"due"'),
      );
      changeDocument(run, new RegExp(entry.key.split(':').at(-1) ?? ''), ({ refunds }) => ({
        refunds: (refunds as object[]).map((refund) => ({ ...refund, status: 'succeeded' })),
      }));
    },
  }),
  life({
    name: 'what became of a command told otherwise',
    rule: 'I-14',
    says: /commands is/,
    plant: (run) => {
      const { entry } = entryOf(
        run,
        ({ value }) => value.is === 'string' && value.text.includes('"is":"refused"'),
      );
      changeDocument(run, new RegExp(entry.key.split(':').at(-1) ?? ''), () => ({ commands: [] }));
    },
  }),
  life({
    name: 'an order in no list of those that wait for a person',
    rule: 'I-14',
    says: /:person:/,
    plant: (run) => {
      const { entries, i } = entryOf(run, ({ key }) => key.includes(':person:'));
      entries.splice(i, 1);
    },
  }),
  life({
    name: 'unknown money listed since another time',
    rule: 'I-14',
    says: /it stands there since/,
    plant: (run) => {
      const { entry } = entryOf(run, ({ key }) => key.includes(':unknown:'));
      if (entry.value.is !== 'zset') return;
      const scores = entry.value.scores as Map<string, number>;
      for (const [member, score] of scores) scores.set(member, score + 1);
    },
  }),
  life({
    name: 'shipped pieces of a SKU in Redis one off',
    rule: 'I-14',
    says: /shipped is/,
    plant: (run) =>
      changeDocument(run, /:sku:demo\/LAMP/, ({ shipped }) => ({ shipped: Number(shipped) + 1 })),
  }),
];
