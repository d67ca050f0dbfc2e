import type { PriceFault, Pricing } from '../../producers/intake/price-order.ts';
import type { StoreDirectory } from '../auth/store-directory.ts';
import { Problem } from '../http/problem.ts';
import type { Catalogue } from './catalogue.ts';

export interface StorePricingParts {
  readonly directory: StoreDirectory;
  readonly catalogue: Catalogue;
}

/** The rules of a store and its products as memory has them. Throws `unavailable` before its settings are known. */
export function storePricing(
  { directory, catalogue }: StorePricingParts,
  store: string,
): Omit<Pricing, 'mayPrice'> {
  const rules = directory.storeOf(store);
  if (!rules) throw new Problem('unavailable', { detail: 'The settings of the store are not known yet.' });
  return { store: rules, productOf: (sku) => catalogue.productOf(store, sku) };
}

/** Says where, never what the right amount would have been. */
export const toPriceProblem = ({ code, pointers }: PriceFault): Problem =>
  new Problem(code, { errors: pointers.map((pointer) => ({ pointer, code, message: wanted[code] })) });

const wanted: Readonly<Record<PriceFault['code'], string>> = {
  'unsupported-currency': 'the store does not sell this in this currency',
  'unknown-sku': 'not in the catalogue of the store',
  'price-mismatch': 'not our price',
  'validation-failed': 'more than the goods cost',
  'amount-out-of-range': 'the amounts add up to more than 2^53 − 1 minor units',
  'total-mismatch': 'not our total',
};
