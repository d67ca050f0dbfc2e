/** The levels of a SKU as readers see them, folded from stock.events. Whole pieces. */
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
  readonly committed: number;
  readonly updatedAtMs: number;
  /** `<journal partition>.<seq>` of the last event that moved a level or the halt; a repeated reply moves none. */
  readonly position: string;
}
