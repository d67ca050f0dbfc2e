/**
 * Every Redis key of Millrace, spelled here alone: views write them, API and auditor read them.
 * The keys of one journal partition share a hash tag, so one Lua call may touch them all in Redis Cluster
 * (DESIGN §4). The prefix is the view's generation: a rebuild fills the next one beside it.
 */
export const viewGeneration = 'v1';

const orders = (partition: number): string => `${viewGeneration}:{o${partition}}`;
const stock = (partition: number): string => `${viewGeneration}:{s${partition}}`;

/** Keys of the order view of one orders.events partition. */
export const orderKeys = {
  /**
   * Hash: offset, seq, writer ('' before the first Barrier), cause (highest inbox offset included), atMs (watermark).
   * While the view is being emptied it holds `wiping`, the wiper's token, alone.
   */
  position: (partition: number): string => `${orders(partition)}:position`,
  /** String: JSON of an OrderView. */
  order: (partition: number, orderId: string): string => `${orders(partition)}:order:${orderId}`,
  /** Sorted set of order ids by createdAtMs: all orders of a store. */
  created: (partition: number, store: string): string => `${orders(partition)}:created:${store}`,
  /** The same, of one status, customer or SKU of the store. */
  byStatus: (partition: number, store: string, status: string): string =>
    `${orders(partition)}:status:${store}:${status}`,
  byCustomer: (partition: number, store: string, customerId: string): string =>
    `${orders(partition)}:customer:${store}:${customerId}`,
  bySku: (partition: number, store: string, sku: string): string =>
    `${orders(partition)}:sku:${store}:${sku}`,
  /** Stream, id `<seq>-0`, capped: fields `order` (id), `event` (JSON of an OrderEventView). */
  events: (partition: number): string => `${orders(partition)}:events`,
  /** Every key of the partition, for SCAN. */
  all: (partition: number): string => `${orders(partition)}:*`,
} as const;

/** Keys of the stock view of one stock.events partition. */
export const stockKeys = {
  position: (partition: number): string => `${stock(partition)}:position`,
  /** String: JSON of a StockView. */
  sku: (partition: number, store: string, sku: string): string => `${stock(partition)}:sku:${store}/${sku}`,
  all: (partition: number): string => `${stock(partition)}:*`,
} as const;

/** The API's cache of answers by command: JSON, expires after 24 h. Never the truth: the log is. */
export const idempotencyKey = (store: string, commandId: string): string => `idem:${store}:${commandId}`;
