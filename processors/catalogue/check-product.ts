import { isCurrency } from '../../schemas/currencies.ts';
import type { Command, Price, PutProduct } from '../../schemas/generated/catalogue-commands.ts';
import { parseSku } from '../../schemas/ids.ts';
import type { Product, CatalogueCommand } from './product.ts';

/** Bounds of a product (`reliability.md` §10 gives those of a price). */
const productBounds = {
  nameLengthMax: 500,
  unitMinorMax: 999_999_999,
  taxBpMax: 100_000,
} as const;

/** Why a readable command makes no sense and is quarantined, or null. */
export function checkProduct(
  product: Product | undefined,
  command: Command<CatalogueCommand>,
): 'semantic' | 'store-mismatch' | null {
  const { body, store } = command;
  if (body.type === 'Tick') return null;
  if (store === '' || parseSku(body.sku) !== body.sku) return 'semantic';
  if (product && product.store !== store) return 'store-mismatch';
  if (body.ifVersion !== null && body.ifVersion < 0) return 'semantic';
  return body.type === 'PutProduct' && !isContent(body) ? 'semantic' : null;
}

const isContent = ({ name, prices, taxBp }: PutProduct): boolean =>
  name.length >= 1 &&
  name.length <= productBounds.nameLengthMax &&
  isWhole(taxBp, productBounds.taxBpMax) &&
  prices.length >= 1 &&
  prices.every(isPrice) &&
  new Set(prices.map(({ currency }) => currency)).size === prices.length;

const isPrice = ({ currency, unitMinor }: Price): boolean =>
  isCurrency(currency) && isWhole(unitMinor, productBounds.unitMinorMax);
const isWhole = (value: number, max: number): boolean =>
  Number.isSafeInteger(value) && value >= 0 && value <= max;
