import { alter, alterCommand, blank, change, find, inboxOf, type Corruption } from './change-run.ts';

/** What I-18 must see: refusals, declines, expiries and quarantines without a cause. */
export const refusalCorruptions: readonly Corruption[] = [
  {
    name: 'a key refused as reused that was used once',
    rule: 'I-18',
    plant: (run) => {
      const { body } = find(run, 'orders', 'OrderPlaced', 0, ({ fingerprint }) => fingerprint === 'f-reused');
      change(run, 'orders', 'CommandRefused', () => ({ fingerprint: body.fingerprint }));
    },
  },
  {
    name: 'a movement refused that breaks no hold',
    rule: 'I-18',
    plant: (run) =>
      alterCommand(
        run,
        ({ command }) => command?.body.type === 'AdjustStock' && command.body.quantity === -1_000,
        () => ({ quantity: -1 }),
      ),
  },
  {
    name: 'a known SKU refused as unknown',
    rule: 'I-18',
    plant: (run) => change(run, 'stock', 'CommandRefused', () => ({ key: 'demo/LAMP' }), 0, isUnknownSku),
  },
  {
    name: 'a version refused that is the product’s',
    rule: 'I-18',
    plant: (run) =>
      alterCommand(
        run,
        ({ command }) => command?.body.type === 'RetireProduct',
        () => ({ ifVersion: 1 }),
      ),
  },
  {
    name: 'an outcome refused as stale that was asked for',
    rule: 'I-18',
    plant: (run) =>
      alterCommand(
        run,
        ({ command }) => command?.body.type === 'ReportOutcome' && command.body.kind === 'refund',
        (record) => {
          const asked = find(
            run,
            'orders',
            'PaymentOpRequested',
            0,
            ({ orderId }) => orderId === record.key,
          ).body;
          return { opId: asked.opId, attempt: asked.attempt, kind: asked.kind };
        },
      ),
  },
  {
    name: 'a refusal with a reason nobody published',
    rule: 'I-18',
    plant: (run) => change(run, 'stock', 'CommandRefused', () => ({ reason: 'bad-mood' })),
  },
  {
    name: 'a decline the provider never gave',
    rule: 'I-18',
    plant: (run) => {
      run.operations = run.operations?.map((one) => ({ ...one, done: true })) ?? null;
    },
  },
  {
    name: 'a decline out of another outcome',
    rule: 'I-18',
    plant: (run) =>
      alterCommand(
        run,
        ({ command }) => command?.body.type === 'ReportOutcome' && command.body.code === 'card_declined',
        () => ({ is: 'unknown' }),
      ),
  },
  {
    name: 'an order rejected without a refused hold',
    rule: 'I-18',
    says: /stock refused no such hold/,
    plant: (run) => blank(run, 'stock', 'HoldRefused'),
  },
  {
    name: 'an order rejected without a reason of its own',
    rule: 'I-18',
    says: /none of its holds/,
    plant: (run) =>
      change(
        run,
        'orders',
        'HoldRecorded',
        () => ({ as: 'placed' }),
        0,
        ({ as }) => as === 'refused',
      ),
  },
  {
    name: 'an order declined whose money was not',
    rule: 'I-18',
    plant: (run) =>
      change(
        run,
        'orders',
        'UnwindStarted',
        () => ({ to: 'Declined' }),
        0,
        ({ to }) => to === 'Rejected',
      ),
  },
  {
    name: 'an expiry before its time',
    rule: 'I-18',
    plant: (run) => change(run, 'orders', 'UnwindStarted', () => ({ to: 'Expired' })),
  },
  {
    name: 'a readable record quarantined as unreadable',
    rule: 'I-18',
    plant: (run) => {
      const { record: good } = inboxOf(run, ({ command }) => command?.body.type === 'PlaceOrder');
      alter(
        run,
        ({ command }) => command === null,
        (record) => ({ ...record, command: good.command }),
      );
    },
  },
  ...(['semantic', 'key-mismatch', 'wrong-partition', 'bad-headers', 'made-up'] as const).map(
    (reason): Corruption => ({
      name: `a good command quarantined as ${reason}`,
      rule: 'I-18',
      plant: (run) => {
        const { records, i, record, event } = find(run, 'stock', 'StockReceived');
        const body = { type: 'CommandQuarantined', offset: event.cause.offset, reason, sha256: '' } as const;
        records[i] = { ...record, key: null, event: { ...event, body } };
      },
    }),
  ),
];

const isUnknownSku = ({ reason }: { readonly reason: string }): boolean => reason === 'unknown-sku';
