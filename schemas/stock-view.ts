/**
 * The levels of a SKU as readers see them, folded from stock.events. Whole pieces; the equations are domain §4:
 * `onHand = received + restocked + adjusted + reversed − committed`, `allocated = committed − reversed − shipped`.
 */
export interface StockView {
  readonly store: string;
  readonly sku: string;
  readonly halted: boolean;
  /** Sellable and unsold. */
  readonly onHand: number;
  /** Σ open holds. */
  readonly held: number;
  /** Committed, not shipped. */
  readonly allocated: number;
  readonly received: number;
  readonly adjusted: number;
  /** Came back from customers and can be sold again. */
  readonly restocked: number;
  readonly committed: number;
  /** Committed and back on hand: never left the building. */
  readonly reversed: number;
  readonly shipped: number;
  /** Pieces one customer may buy at most; null: no limit. */
  readonly perCustomer: number | null;
  readonly updatedAtMs: number;
  /** `<journal partition>.<seq>` of the last event that moved a level, the halt or the limit; a repeated reply moves none. */
  readonly position: string;
}

/** Nothing is known of the SKU but its name. */
export const noStock = (store: string, sku: string): StockView => ({
  store,
  sku,
  halted: false,
  onHand: 0,
  held: 0,
  allocated: 0,
  received: 0,
  adjusted: 0,
  restocked: 0,
  committed: 0,
  reversed: 0,
  shipped: 0,
  perCustomer: null,
  updatedAtMs: 0,
  position: '',
});

/** A document as the views have stored it; what one of an earlier build does not count has not happened in it. */
export function parseStockView(text: string): StockView {
  const stored = JSON.parse(text) as Partial<StockView> & Pick<StockView, 'store' | 'sku'>;
  return { ...noStock(stored.store, stored.sku), ...stored };
}
