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
