import {
  blank,
  change,
  type Corruption,
  drop,
  exorcise,
  find,
  inboxOf,
  life,
  renumber,
} from './change-run.ts';

const one = <T extends { readonly quantity: number }>(
  [first, ...rest]: readonly T[],
  quantity: number,
): T[] => (first ? [{ ...first, quantity }, ...rest] : []);

/** What I-06, I-07, I-08 and I-09 must see of cancelled, shipped, delivered and returned pieces. */
export const pieceCorruptions: readonly Corruption[] = [
  life({
    name: 'more pieces shipped than are open',
    rule: 'I-08',
    says: /are shipped, \d+ cancelled/,
    plant: (run) =>
      change(run, 'orders', 'ShipmentRecorded', ({ lines }) => ({ lines: one(lines, 4) }), 0, isPart),
  }),
  life({
    name: 'more pieces cancelled than were ordered',
    rule: 'I-08',
    says: /are cancelled/,
    plant: (run) => change(run, 'orders', 'LinesCancelled', ({ lines }) => ({ lines: one(lines, 4) })),
  }),
  life({
    name: 'more pieces delivered than left',
    rule: 'I-08',
    says: /are delivered, \d+ shipped/,
    plant: (run) => change(run, 'orders', 'DeliveryRecorded', ({ lines }) => ({ lines: one(lines, 3) })),
  }),
  life({
    name: 'more pieces asked back than left',
    rule: 'I-08',
    says: /are asked back/,
    plant: (run) => change(run, 'orders', 'ReturnRequested', ({ lines }) => ({ lines: one(lines, 3) })),
  }),
  life({
    name: 'more pieces received than were asked back',
    rule: 'I-08',
    says: /are received, \d+ were asked back/,
    plant: (run) => change(run, 'orders', 'ReturnReceived', ({ lines }) => ({ lines: one(lines, 3) })),
  }),
  life({
    name: 'a receipt of a return nobody asked for',
    rule: 'I-08',
    says: /0 were asked back/,
    plant: (run) => change(run, 'orders', 'ReturnReceived', () => ({ returnId: 'ret-7' })),
  }),
  life({
    name: 'a line that the order has not',
    rule: 'I-08',
    says: /no such line/,
    plant: (run) =>
      change(run, 'orders', 'ShipmentRecorded', ({ lines }) => ({
        lines: lines.map((line) => ({ ...line, line: 9 })),
      })),
  }),
  life({
    name: 'pieces of another SKU than their line',
    rule: 'I-08',
    says: /it is of LAMP, the event says MUG/,
    plant: (run) =>
      change(run, 'orders', 'LinesCancelled', ({ lines }) => ({
        lines: lines.map((line) => ({ ...line, sku: 'MUG' })),
      })),
  }),
  life({
    name: 'a shipment that is told to be complete',
    rule: 'I-08',
    says: /says complete true/,
    plant: (run) => change(run, 'orders', 'ShipmentRecorded', () => ({ complete: true }), 0, isPart),
  }),
  life({
    name: 'a last delivery that is told to be a part',
    rule: 'I-08',
    says: /says complete false/,
    plant: (run) =>
      change(
        run,
        'orders',
        'DeliveryRecorded',
        () => ({ complete: false }),
        0,
        ({ complete }) => complete,
      ),
  }),
  life({
    name: 'sellable pieces in a condition',
    rule: 'I-08',
    says: /told to be damaged/,
    plant: (run) =>
      change(
        run,
        'orders',
        'ReturnReceived',
        () => ({ condition: 'damaged' as const }),
        0,
        ({ sellable }) => sellable,
      ),
  }),
  life({
    name: 'pieces that stock ships and no order sent',
    rule: 'I-08',
    says: /are shipped, its order asked for/,
    plant: (run) => change(run, 'stock', 'AllocationShipped', ({ quantity }) => ({ quantity: quantity + 1 })),
  }),
  life({
    name: 'pieces that stock reverses and no order gave back',
    rule: 'I-08',
    says: /are reversed, its order asked for/,
    plant: (run) => change(run, 'stock', 'CommitReversed', ({ quantity }) => ({ quantity: quantity + 1 })),
  }),
  life({
    name: 'pieces restocked that are damaged',
    rule: 'I-08',
    says: /are restocked, its order asked for/,
    plant: (run) =>
      change(
        run,
        'orders',
        'ReturnReceived',
        () => ({ sellable: false, condition: 'damaged' as const }),
        0,
        ({ sellable }) => sellable,
      ),
  }),
  life({
    name: 'pieces shipped that stock still has',
    rule: 'I-08',
    says: /were to be shipped/,
    plant: (run) => drop(run, 'stock', 'AllocationShipped'),
  }),
  life({
    name: 'a sellable return that was never put on hand',
    rule: 'I-08',
    says: /were to be restocked/,
    plant: (run) => drop(run, 'stock', 'StockRestocked'),
  }),
  life({
    name: 'a sale undone whose pieces stay committed',
    rule: 'I-08',
    says: /were to be reversed/,
    plant: (run) => drop(run, 'stock', 'CommitReversed'),
  }),

  life({
    name: 'more pieces shipped than a hold has',
    rule: 'I-07',
    says: /reversed and \d+ shipped/,
    plant: (run) => change(run, 'stock', 'AllocationShipped', () => ({ quantity: 9 })),
  }),
  life({
    name: 'pieces reversed of a hold that is no sale',
    rule: 'I-07',
    says: /CommitReversed of \d+, it is open/,
    plant: (run) => {
      const { body } = find(run, 'stock', 'CommitReversed');
      blank(run, 'stock', 'HoldCommitted', 0, ({ holdId }) => holdId === body.holdId);
    },
  }),
  life({
    name: 'pieces reversed a second time',
    rule: 'I-07',
    says: /has \d+ reversed/,
    plant: (run) => {
      exorcise(run);
      const { records, i, record } = find(run, 'stock', 'CommitReversed');
      records.splice(i + 1, 0, record);
      renumber(records);
    },
  }),
  life({
    name: 'a reversal repeated that was never given',
    rule: 'I-07',
    says: /was not said before/,
    plant: (run) => change(run, 'stock', 'CommitReversed', () => ({ repeat: true })),
  }),
  life({
    name: 'a hold that ends shipped and released',
    rule: 'I-07',
    plant: (run) => {
      const { body } = find(run, 'stock', 'AllocationShipped');
      const { records, i, record, event } = find(run, 'stock', 'AllocationShipped');
      const { shipmentId: _, ...kept } = body;
      const released = { ...kept, type: 'HoldReleased', reason: 'cancelled', repeat: false } as const;
      records[i] = { ...record, event: { ...event, body: released } };
    },
  }),

  life({
    name: 'more shipped than is allocated',
    rule: 'I-06',
    says: /a level is negative/,
    plant: (run) => change(run, 'stock', 'AllocationShipped', () => ({ quantity: 90 })),
  }),
  life({
    name: 'a restock of nothing',
    rule: 'I-06',
    says: /StockRestocked of 0/,
    plant: (run) => change(run, 'stock', 'StockRestocked', () => ({ quantity: 0 })),
  }),
  life({
    name: 'a hold over its customer’s limit',
    rule: 'I-06',
    says: /his limit leaves/,
    plant: (run) => change(run, 'stock', 'PurchasesLimited', () => ({ perCustomer: 1 })),
  }),
  life({
    name: 'a hold refused within its customer’s limit',
    rule: 'I-06',
    says: /are refused to c-7/,
    plant: (run) => change(run, 'stock', 'PurchasesLimited', () => ({ perCustomer: 4 })),
  }),
  life({
    name: 'a hold refused over a limit that was lifted',
    rule: 'I-06',
    says: /his limit leaves all/,
    plant: (run) => change(run, 'stock', 'PurchasesLimited', () => ({ perCustomer: null })),
  }),

  life({
    name: 'a sale reversed while its money is in doubt',
    rule: 'I-09',
    says: /is reversed while .* has no determinate answer/,
    plant: (run) => {
      const { orderId } = find(run, 'orders', 'PaymentCaptureFailed').body;
      blank(run, 'orders', 'PaymentVoided', 0, (body) => body.orderId === orderId);
    },
  }),
  life({
    name: 'a sale reversed that no order undoes',
    rule: 'I-09',
    says: /is reversed by .* no order's unwinding/,
    plant: (run) => {
      const { records, i, record, event } = find(run, 'stock', 'CommitReversed');
      const cause = { ...event.cause, index: (event.cause.index ?? 0) + 5 };
      records[i] = { ...record, event: { ...event, cause } };
    },
  }),

  life({
    name: 'a restock of another receipt than its event',
    rule: 'I-13',
    says: /says something else/,
    plant: (run) => {
      const { records, i, record } = inboxOf(run, ({ command }) => command?.body.type === 'Restock');
      const body = { ...record.command?.body, receiptId: 'other' };
      records[i] = { ...record, command: { ...record.command, body } as typeof record.command };
    },
  }),
  life({
    name: 'a shipment of fewer pieces than its event',
    rule: 'I-13',
    says: /says something else/,
    plant: (run) => {
      const { records, i, record } = inboxOf(run, ({ command }) => command?.body.type === 'ShipAllocated');
      const body = { ...record.command?.body, quantity: 1 };
      records[i] = { ...record, command: { ...record.command, body } as typeof record.command };
    },
  }),
  life({
    name: 'an unwinding that reverses less than it is told',
    rule: 'I-13',
    plant: (run) =>
      change(
        run,
        'orders',
        'UnwindStarted',
        () => ({ commits: [] }),
        0,
        ({ commits }) => commits.length > 0,
      ),
  }),
];

const isPart = ({ complete }: { readonly complete: boolean }): boolean => !complete;
