/**
 * L0: what moving saga-lite's records costs when nothing is decided, kept or checked. Each record carries
 * in its first bytes what it is; what follows from it is a function of these bytes alone. The records are
 * as many and as large as Millrace's, on the same topics, with the same keys and headers.
 */
const l0Kinds = {
  placeOrder: 0,
  placeHold: 1,
  holdPlaced: 2,
  outcome: 3,
  commitHold: 4,
  holdCommitted: 5,
  orderEvent: 6,
  paymentOp: 7,
  stockEvent: 8,
} as const;

/** Bytes of each Millrace record of saga-lite, by body type; measured by `measure-record-sizes.ts`. */
export type RecordSizes = Readonly<Record<string, number>>;

export interface L0Record {
  readonly topic: 'orders.commands.v1' | 'orders.events.v1' | 'stock.commands.v1' | 'stock.events.v1';
  readonly key: string;
  readonly value: Buffer;
  readonly fromJournal: boolean;
}

/** Bytes 0 to 3: kind, SKUs of the order, which of them this is, stage (0 authorize, 1 capture). Then the key. */
function l0Value(
  bytes: number,
  kind: number,
  skus: number,
  which: number,
  stage: number,
  refer: string,
): Buffer {
  const value = Buffer.alloc(Math.max(bytes, 5 + refer.length), 0x2e);
  value[0] = kind;
  value[1] = skus;
  value[2] = which;
  value[3] = stage;
  value[4] = refer.length;
  value.write(refer, 5, 'latin1');
  return value;
}

const referOf = (value: Buffer): string => value.toString('latin1', 5, 5 + (value[4] ?? 0));
const sizeOf = (sizes: RecordSizes, type: string): number => {
  const bytes = sizes[type];
  if (bytes === undefined) throw new RangeError(`no measured size for ${type}`);
  return bytes;
};

export function l0PlaceOrder(sizes: RecordSizes, orderId: string, skus: readonly string[]): L0Record {
  const value = l0Value(sizeOf(sizes, 'PlaceOrder'), l0Kinds.placeOrder, skus.length, 0, 0, skus.join(' '));
  return { topic: 'orders.commands.v1', key: orderId, value, fromJournal: false };
}

/** What a record makes its reader append; `key` is the record's own. */
export function l0Follow(sizes: RecordSizes, store: string, key: string, value: Buffer): readonly L0Record[] {
  const [kind = 0, skus = 0, which = 0, stage = 0] = value;
  const last = which === skus - 1;
  const event = (type: string, eventKind: number = l0Kinds.orderEvent, at = stage): L0Record => ({
    topic: 'orders.events.v1',
    key,
    value: l0Value(sizeOf(sizes, type), eventKind, skus, which, at, referOf(value)),
    fromJournal: false,
  });
  const stockReply = (type: string, replyKind: number): readonly L0Record[] => {
    const orderId = referOf(value);
    const sku = key.slice(key.indexOf('/') + 1);
    return [
      {
        topic: 'stock.events.v1',
        key,
        value: l0Value(sizeOf(sizes, `stock.${type}`), l0Kinds.stockEvent, skus, which, stage, ''),
        fromJournal: false,
      },
      {
        topic: 'orders.commands.v1',
        key: orderId,
        value: l0Value(sizeOf(sizes, type), replyKind, skus, which, stage, sku),
        fromJournal: true,
      },
    ];
  };
  const askStock = (type: string, askKind: number, names: readonly string[]): readonly L0Record[] =>
    names.map((sku, index) => ({
      topic: 'stock.commands.v1',
      key: `${store}/${sku}`,
      value: l0Value(sizeOf(sizes, type), askKind, names.length, index, stage, key),
      fromJournal: true,
    }));

  switch (kind) {
    case l0Kinds.placeOrder:
      return [event('OrderPlaced'), ...askStock('PlaceHold', l0Kinds.placeHold, referOf(value).split(' '))];
    case l0Kinds.placeHold:
      return stockReply('HoldPlaced', l0Kinds.holdPlaced);
    case l0Kinds.holdPlaced:
      return last
        ? [event('HoldRecorded'), event('PaymentOpRequested', l0Kinds.paymentOp, 0)]
        : [event('HoldRecorded')];
    case l0Kinds.paymentOp:
      return [
        {
          topic: 'orders.commands.v1',
          key,
          value: l0Value(sizeOf(sizes, 'ReportOutcome'), l0Kinds.outcome, skus, which, stage, referOf(value)),
          fromJournal: false,
        },
      ];
    case l0Kinds.outcome:
      return stage === 0
        ? [
            event('PaymentAuthorized'),
            event('CommitStarted'),
            ...askStock(
              'CommitHold',
              l0Kinds.commitHold,
              Array.from({ length: skus }, () => referOf(value)),
            ),
          ]
        : [event('PaymentCaptured'), event('OrderConfirmed')];
    case l0Kinds.commitHold:
      return stockReply('HoldCommitted', l0Kinds.holdCommitted);
    case l0Kinds.holdCommitted:
      return last
        ? [event('CommitRecorded'), event('PaymentOpRequested', l0Kinds.paymentOp, 1)]
        : [event('CommitRecorded')];
    default:
      return [];
  }
}

/** Records on orders.events for an order of `skus` different SKUs. */
export const l0OrderEvents = (skus: number): number => 7 + 2 * skus;
