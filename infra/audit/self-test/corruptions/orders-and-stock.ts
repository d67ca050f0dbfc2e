import { change, double, drop, exorcise, find, orderOf, renumber, type Corruption } from './change-run.ts';

export const orderCorruptions: readonly Corruption[] = [
  { name: 'an end missing', rule: 'I-05', plant: (run) => drop(run, 'orders', 'OrderClosed') },
  { name: 'an order confirmed twice', rule: 'I-05', plant: (run) => double(run, 'orders', 'OrderConfirmed') },
  {
    name: 'a confirmed order rejected',
    rule: 'I-05',
    plant: (run) => {
      const closed = find(run, 'orders', 'OrderClosed').body;
      exorcise(run);
      const { records, i, record, event } = find(run, 'orders', 'OrderConfirmed');
      const body = { ...closed, orderId: record.key ?? '' };
      records.splice(i + 1, 0, { ...record, event: { ...event, body } });
      renumber(records);
    },
  },
  {
    name: 'more held than was available',
    rule: 'I-06',
    plant: (run) =>
      change(
        run,
        'stock',
        'StockReceived',
        () => ({ quantity: 1 }),
        0,
        ({ sku }) => sku === 'LAMP',
      ),
  },
  {
    name: 'a refusal although there was enough',
    rule: 'I-06',
    plant: (run) => change(run, 'stock', 'HoldRefused', () => ({ available: 3, quantity: 3 })),
  },
  {
    name: 'stock corrected below zero',
    rule: 'I-06',
    plant: (run) => change(run, 'stock', 'StockAdjusted', () => ({ quantity: -8 })),
  },
  { name: 'a hold on a halted SKU', rule: 'I-06', plant: (run) => drop(run, 'stock', 'SkuResumed') },
  { name: 'a hold that ends twice', rule: 'I-07', plant: (run) => double(run, 'stock', 'HoldCommitted') },
  { name: 'a hold that never ends', rule: 'I-07', plant: (run) => drop(run, 'stock', 'HoldReleased') },
  {
    name: 'a hold that ends with another quantity',
    rule: 'I-07',
    plant: (run) => change(run, 'stock', 'HoldReleased', ({ quantity }) => ({ quantity: quantity + 1 })),
  },
  { name: 'a hold opened twice', rule: 'I-07', plant: (run) => double(run, 'stock', 'HoldPlaced') },
  {
    name: 'a repeated reply that was never given',
    rule: 'I-07',
    plant: (run) => change(run, 'stock', 'HoldPlaced', () => ({ repeat: true })),
  },
  {
    name: 'a line sold that was never committed',
    rule: 'I-08',
    plant: (run) => drop(run, 'stock', 'HoldCommitted'),
  },
  {
    name: 'fewer units committed than ordered',
    rule: 'I-08',
    plant: (run) => change(run, 'stock', 'HoldCommitted', ({ quantity }) => ({ quantity: quantity - 1 })),
  },
  {
    name: 'a closed order with a commit left',
    rule: 'I-08',
    plant: (run) => {
      const { records, i, record, event, body } = find(run, 'stock', 'HoldReleased');
      const { reason: _, ...kept } = body;
      records[i] = { ...record, event: { ...event, body: { ...kept, type: 'HoldCommitted' } } };
    },
  },
  {
    name: 'a sale of other units than were placed',
    rule: 'I-08',
    plant: (run) =>
      change(run, 'orders', 'OrderConfirmed', ({ lines }) => ({
        lines: lines.map((line) => ({ ...line, quantity: line.quantity + 1 })),
      })),
  },
  {
    name: 'a captured amount one off',
    rule: 'I-10',
    plant: (run) =>
      change(run, 'orders', 'PaymentCaptured', ({ amountMinor }) => ({ amountMinor: amountMinor + 1 })),
  },
  {
    name: 'a total one off',
    rule: 'I-10',
    plant: (run) =>
      change(run, 'orders', 'OrderPlaced', ({ totalMinor }) => ({ totalMinor: totalMinor - 1 })),
  },
  {
    name: 'a capture in another currency',
    rule: 'I-10',
    plant: (run) => change(run, 'orders', 'PaymentCaptured', () => ({ currency: 'EUR' })),
  },
  { name: 'a second capture', rule: 'I-10', plant: (run) => double(run, 'orders', 'PaymentCaptured') },
  {
    name: 'a capture without an intent',
    rule: 'I-10',
    plant: (run) => drop(run, 'orders', 'PaymentOpRequested', 1),
  },
  {
    name: 'an order confirmed without its money',
    rule: 'I-10',
    plant: (run) => drop(run, 'orders', 'PaymentCaptured'),
  },
  {
    name: 'a second capture in the provider’s book',
    rule: 'I-11',
    plant: (run) => {
      const capture = run.operations?.find(({ kind }) => kind === 'capture');
      if (capture) run.operations?.push({ ...capture, opId: 'other' });
    },
  },
  {
    name: 'a capture the provider knows nothing of',
    rule: 'I-11',
    plant: (run) => {
      run.operations =
        run.operations?.filter(({ kind, orderId }) => kind !== 'capture' || orderId !== orderOf(run)) ?? null;
    },
  },
  {
    name: 'a line’s tax one off',
    rule: 'I-10',
    plant: (run) =>
      change(
        run,
        'orders',
        'OrderPlaced',
        ({ lines, totalMinor }) => ({
          totalMinor: totalMinor + 1,
          lines: lines.map((line) => ({ ...line, taxMinor: line.taxMinor + 1 })),
        }),
        0,
        ({ taxRule, lines }) => taxRule === 'exclusive' && lines.length === 1,
      ),
  },
];
