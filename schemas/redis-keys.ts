/**
 * Every Redis key of Millrace, spelled here alone: views write them, API and auditor read them.
 * The keys of one journal partition share a hash tag, so one Lua call may touch them all in Redis Cluster
 * (DESIGN §4). The prefix is the view's generation: a rebuild fills the next one beside it.
 */
export type ViewName = 'orders' | 'stock';
export const viewNames: readonly ViewName[] = ['orders', 'stock'];

/** `v1`, `v2`, …; the first one is live where nothing else is said, so also in an empty Redis. */
export type ViewGeneration = `v${number}`;
export const firstGeneration: ViewGeneration = 'v1';

/** Null for text that names no generation. */
export const parseGeneration = (text: string): ViewGeneration | null =>
  /^v[1-9]\d{0,5}$/.test(text) ? (text as ViewGeneration) : null;

const tags: Readonly<Record<ViewName, string>> = { orders: 'o', stock: 's' };

/**
 * Hash: which generations of a partition's view there are. `live` is read, `beside` is kept as well; both are written.
 * `highest` was the last number given out, `flippedAtMs` when `live` changed (Redis's clock). Absent: the first, alone.
 */
export const generationsKey = (view: ViewName, partition: number): string =>
  `views:{${tags[view]}${partition}}`;

/** Of a key of a view: its generation, the key of its partition's generations, and the rest. Null for other keys. */
export function parseViewKey(key: string): {
  readonly generation: ViewGeneration;
  readonly view: ViewName;
  readonly partition: number;
  readonly rest: string;
} | null {
  const [, generation = '', tag, partition, rest = ''] = /^(v\d+):\{([os])(\d+)\}:(.*)$/s.exec(key) ?? [];
  const parsed = parseGeneration(generation);
  if (parsed === null) return null;
  return { generation: parsed, view: tag === 'o' ? 'orders' : 'stock', partition: Number(partition), rest };
}

/**
 * Events a partition's stream keeps, cut exactly after each: so what it holds is a function of the journal up to the
 * position alone, whoever folds it in whatever batches. About an hour of a small shop, 10 MB at most.
 */
export const streamEventsMax = 20_000;

/** Keys of the order view of one orders.events partition. */
export function orderKeysOf(generation: ViewGeneration) {
  const orders = (partition: number): string => `${generation}:{${tags.orders}${partition}}`;
  return {
    /**
     * Hash: offset, seq, writer ('' before the first Barrier), cause (highest inbox offset included), atMs (watermark).
     * While the view is being emptied it holds `wiping`, the wiper's token, alone.
     */
    position: (partition: number): string => `${orders(partition)}:position`,
    /** String: JSON of an OrderView. */
    order: (partition: number, orderId: string): string => `${orders(partition)}:order:${orderId}`,
    /** String: JSON of a ParkedOrderView; absent where no command of the order is parked. */
    parked: (partition: number, orderId: string): string => `${orders(partition)}:parked:${orderId}`,
    /** Sorted set of order ids by createdAtMs: all orders of a store. */
    created: (partition: number, store: string): string => `${orders(partition)}:created:${store}`,
    /** The same, of one status, customer or SKU of the store. */
    byStatus: (partition: number, store: string, status: string): string =>
      `${orders(partition)}:status:${store}:${status}`,
    byCustomer: (partition: number, store: string, customerId: string): string =>
      `${orders(partition)}:customer:${store}:${customerId}`,
    bySku: (partition: number, store: string, sku: string): string =>
      `${orders(partition)}:sku:${store}:${sku}`,
    /** Sorted set of order ids of a store by the time since when money of theirs is unknown. */
    unknownMoney: (partition: number, store: string): string => `${orders(partition)}:unknown:${store}`,
    /** The same of those that wait for a person, refunds that are due included. */
    person: (partition: number, store: string): string => `${orders(partition)}:person:${store}`,
    /** Stream, id `<seq>-0`, capped: fields `order` (id), `event` (JSON of an OrderEventView). */
    events: (partition: number): string => `${orders(partition)}:events`,
    /** Every key of the partition, for SCAN. */
    all: (partition: number): string => `${orders(partition)}:*`,
  } as const;
}

/** Keys of the stock view of one stock.events partition. */
export function stockKeysOf(generation: ViewGeneration) {
  const stock = (partition: number): string => `${generation}:{${tags.stock}${partition}}`;
  return {
    position: (partition: number): string => `${stock(partition)}:position`,
    /** String: JSON of a StockView. */
    sku: (partition: number, store: string, sku: string): string => `${stock(partition)}:sku:${store}/${sku}`,
    /** Sorted set of the SKUs of a store, every score 0: read in the order of their names. */
    skus: (partition: number, store: string): string => `${stock(partition)}:skus:${store}`,
    all: (partition: number): string => `${stock(partition)}:*`,
  } as const;
}

export type OrderKeys = ReturnType<typeof orderKeysOf>;
export type StockKeys = ReturnType<typeof stockKeysOf>;

/** Keys of the first generation: of every Redis in which no view was rebuilt beside the live one. */
export const orderKeys = orderKeysOf(firstGeneration);
export const stockKeys = stockKeysOf(firstGeneration);

/** The API's cache of answers by command: JSON, expires after 24 h. Never the truth: the log is. */
export const idempotencyKey = (store: string, commandId: string): string => `idem:${store}:${commandId}`;

/**
 * Count of commands taken on a UTC day (`2026-01-31`) from a store (`keyId` null) or one of its keys; expires after two
 * days. Those of a store share a hash tag: one Lua call takes both.
 */
export const quotaKey = (store: string, day: string, keyId: string | null): string =>
  `quota:{${store}}:${day}${keyId === null ? '' : `:${keyId}`}`;

/**
 * The last requests of a store, for the engineer behind its key (`api/requests/`): never the truth, gone after a week.
 * All of a store share a hash tag.
 */
export const requestKeys = {
  /** List, newest first, capped: JSON of a KeptRequest; `problems` of those that were refused or failed. */
  last: (store: string, which: 'served' | 'problems'): string => `requests:{${store}}:${which}`,
  /** Hash, by hour (`2026-01-31T14`, UTC): requests by problem code, `served`, `left` by their callers, `lost` on the way here. */
  hour: (store: string, hour: string): string => `requests:{${store}}:hour:${hour}`,
  /** Hash: key id to when it was last used, epoch ms. */
  keys: (store: string): string => `requests:{${store}}:keys`,
} as const;
