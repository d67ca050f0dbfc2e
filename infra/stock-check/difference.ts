import type { CommandBody } from '../../schemas/generated/stock-commands.ts';

/** Every kind of difference `millrace stock check` tells apart, and what it means. */
export const differenceClasses = {
  parked: 'commands of the SKU wait for a person; nothing else of it is compared',
  'level-broken': 'the levels of the journal contradict its own holds, or fall below 0',
  'hold-of-no-order': 'units are held or sold for an order that never asked for them',
  'hold-left-open': 'the order has ended the hold, or itself, and stock still keeps the units aside',
  'commit-missing': 'the order has asked for the sale, stock still has a hold',
  'reverse-missing': 'the order gave pieces up that stock still counts as sold',
  'shipment-missing': 'the order says pieces left, stock says they are in the building',
  'restock-missing': 'the order took sellable pieces back that stock never put on hand',
  'hold-missing': 'the order counts on units that stock does not keep for it',
  'quantity-differs': 'stock holds another quantity than the order asked for',
  'reverse-unasked': 'stock put pieces back on hand that the order still ships',
  'shipment-unasked': 'stock let pieces go that the order never shipped',
  'restock-unasked': 'stock put pieces on hand that no order took back',
  'correction-of-nothing': 'a correction names a movement the SKU never had',
  'view-missing': 'the Redis view lacks a SKU that the journal has',
  'view-extra': 'the Redis view has a SKU that the journal has not',
  'view-differs': 'the Redis view has other numbers than the journal at the same place',
  'view-unlisted': 'the Redis list of a store and its SKUs differ',
} as const;
export type DifferenceClass = keyof typeof differenceClasses;

/** One difference and the one command that mends it. */
export interface Difference {
  readonly class: DifferenceClass;
  /** `store/SKU`. */
  readonly key: string;
  /** The hold, return or movement it is about; null: the SKU itself. */
  readonly about: string | null;
  readonly what: string;
  /** What a person runs; `--repair` does it by itself where `repair` is not null. */
  readonly mend: string;
  /**
   * The command to append: only what the order's own journal already decided and what cannot make a unit be sold
   * twice. Null where a person must choose.
   */
  readonly repair: CommandBody | null;
}

/** A difference that `--repair` may mend. */
export const repairable = (
  of: Omit<Difference, 'mend' | 'repair'> & { readonly repair: CommandBody },
): Difference => ({
  ...of,
  mend: `npx millrace stock check --repair --only ${of.about ?? of.key}`,
});
