import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { getFromApi, putToApi } from '../api-client.ts';
import { type ApiTargetOptions, apiTarget, withApiOptions } from '../api-target.ts';
import { withCommonOptions } from '../common-options.ts';
import { createOutput, table } from '../output.ts';
import { parsedAnswer } from '../parsed-answer.ts';

const productSchema = z.looseObject({
  sku: z.string(),
  name: z.string(),
  prices: z.array(z.looseObject({ currency: z.string(), unitPriceMinor: z.number() })),
  version: z.number(),
});
const pageSchema = z.looseObject({ data: z.array(productSchema), nextCursor: z.string().nullable() });
const acceptedSchema = z.looseObject({ sku: z.string(), links: z.looseObject({ product: z.string() }) });
type Product = z.infer<typeof productSchema>;

const rowOf = ({ sku, name, prices, version }: Product): readonly string[] => [
  sku,
  prices.map(({ currency, unitPriceMinor }) => `${unitPriceMinor} ${currency}`).join(', '),
  `version ${version}`,
  name,
];

const pathOf = (sku: string): string => `/v1/catalogue/${encodeURIComponent(sku)}`;

async function getProduct(sku: string, options: ApiTargetOptions): Promise<void> {
  const product = await parsedAnswer(await getFromApi(await apiTarget(options), pathOf(sku)), productSchema);
  createOutput(options).data(product, table([rowOf(product)]));
}

interface ListOptions extends ApiTargetOptions {
  readonly q?: string;
  readonly limit: number;
}

const pageMax = 100;

async function listProducts(options: ListOptions): Promise<void> {
  const target = await apiTarget(options);
  const products: Product[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(Math.min(pageMax, options.limit - products.length)) });
    if (options.q !== undefined) query.set('q', options.q);
    if (cursor !== null) query.set('cursor', cursor);
    const page = await parsedAnswer(await getFromApi(target, `/v1/catalogue?${query}`), pageSchema);
    products.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null && products.length < options.limit);
  createOutput(options).data(products, products.length === 0 ? 'no products' : table(products.map(rowOf)));
}

interface Price {
  readonly currency: string;
  readonly unitPriceMinor: number;
}

function addPrice(text: string, before: readonly Price[] = []): readonly Price[] {
  const [, currency, minor] = /^([A-Z]{3})=(\d{1,9})$/.exec(text) ?? [];
  if (currency === undefined) {
    throw new InvalidArgumentError('wanted <currency>=<minor units of one piece>, for example GBP=255.');
  }
  return [...before, { currency, unitPriceMinor: Number(minor) }];
}

const whole =
  (wanted: string) =>
  (text: string): number => {
    if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError(`wanted ${wanted}.`);
    return Number(text);
  };

interface PutOptions extends ApiTargetOptions {
  readonly name: string;
  readonly price: readonly Price[];
  readonly tax?: number;
  readonly ifVersion?: number;
  readonly dryRun?: boolean;
}

async function putProduct(sku: string, options: PutOptions): Promise<void> {
  const { name, price: prices, tax, ifVersion, dryRun } = options;
  const out = createOutput(options);
  const path = pathOf(sku);
  const body = { name, prices, ...(tax === undefined ? {} : { taxBasisPoints: tax }) };
  if (dryRun) return out.data({ method: 'PUT', path, body }, `PUT ${path} ${JSON.stringify(body)}`);
  const target = await apiTarget(options);
  const ifMatch = ifVersion === undefined ? {} : { ifMatch: `"${ifVersion}"` };
  const accepted = await parsedAnswer(await putToApi(target, path, { body, ...ifMatch }), acceptedSchema);
  const product = await parsedAnswer(await getFromApi(target, accepted.links.product), productSchema);
  out.data({ ...accepted, product }, table([rowOf(product)]));
}

/** `millrace catalogue get | list | put`: products and prices as the API has them. */
export function register(program: Command): void {
  const catalogue = program.command('catalogue').description('products, their names and prices');
  withApiOptions(withCommonOptions(catalogue.command('get <sku>')))
    .description('one product with its prices')
    .action(getProduct);
  withApiOptions(withCommonOptions(catalogue.command('list')))
    .description('the products of the store')
    .option('--q <words>', 'whose names have these words')
    .option('--limit <n>', 'at most so many', whole('a whole number'), 20)
    .action(listProducts);
  withApiOptions(withCommonOptions(catalogue.command('put <sku>')))
    .description('create or replace a product')
    .requiredOption('--name <name>', 'what customers read')
    .requiredOption('--price <currency=minor>', 'of one piece, repeatable', addPrice)
    .option('--tax <basisPoints>', 'rate of tax', whole('whole basis points'))
    .option('--if-version <n>', 'only if that is its version now', whole('a version'))
    .option('--dry-run', 'say what would be sent')
    .action(putProduct);
}
