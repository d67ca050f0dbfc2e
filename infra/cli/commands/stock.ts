import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { adjustStockReasonValues } from '../../../schemas/generated/stock-commands.ts';
import { getFromApi, postToApi } from '../api-client.ts';
import { type ApiTargetOptions, apiTarget, withApiOptions } from '../api-target.ts';
import { withCommonOptions } from '../common-options.ts';
import { createOutput, table } from '../output.ts';
import { parsedAnswer } from '../parsed-answer.ts';
import { registerStockCheck } from './stock-check.ts';

/** What the CLI shows of a SKU; the API may say more. */
const stockSchema = z.looseObject({
  sku: z.string(),
  onHand: z.number(),
  held: z.number(),
  available: z.number(),
  allocated: z.number(),
  received: z.number(),
  restocked: z.number(),
  adjusted: z.number(),
  committed: z.number(),
  reversed: z.number(),
  shipped: z.number(),
  halted: z.boolean(),
  perCustomer: z.number().nullable(),
  updatedAt: z.string(),
});
const pageSchema = z.looseObject({ data: z.array(stockSchema), nextCursor: z.string().nullable() });
const acceptedSchema = z.looseObject({ movementId: z.string(), links: z.looseObject({ stock: z.string() }) });
type Stock = z.infer<typeof stockSchema>;

const notesOf = ({ halted, perCustomer }: Stock): string =>
  [halted ? 'halted' : '', perCustomer === null ? '' : `${perCustomer} a customer`]
    .filter((note) => note !== '')
    .join(', ');

function stockText(stock: Stock): string {
  const { sku, onHand, held, available, allocated, updatedAt } = stock;
  const levels = `${available} available = ${onHand} on hand − ${held} held; ${allocated} allocated`;
  const counters = (['received', 'restocked', 'adjusted', 'committed', 'reversed', 'shipped'] as const).map(
    (name) => [`  ${name}`, String(stock[name])],
  );
  return [`${sku}  ${levels}  ${notesOf(stock)}`.trimEnd(), table(counters), `  as of ${updatedAt}`].join(
    '\n',
  );
}

async function getStock(sku: string, options: ApiTargetOptions): Promise<void> {
  const target = await apiTarget(options);
  const stock = await parsedAnswer(await getFromApi(target, pathOf(sku)), stockSchema);
  createOutput(options).data(stock, stockText(stock));
}

const pathOf = (sku: string): string => `/v1/stock/${encodeURIComponent(sku)}`;

interface ListOptions extends ApiTargetOptions {
  readonly limit: number;
}

const pageMax = 100;

async function listStock(options: ListOptions): Promise<void> {
  const target = await apiTarget(options);
  const skus: Stock[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(Math.min(pageMax, options.limit - skus.length)) });
    if (cursor !== null) query.set('cursor', cursor);
    const page = await parsedAnswer(await getFromApi(target, `/v1/stock?${query}`), pageSchema);
    skus.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null && skus.length < options.limit);
  const head = ['sku', 'available', 'on hand', 'held', 'allocated', ''];
  const rows = skus.map((stock) => [
    stock.sku,
    ...[stock.available, stock.onHand, stock.held, stock.allocated].map(String),
    notesOf(stock),
  ]);
  createOutput(options).data(skus, rows.length === 0 ? 'no stock' : table([head, ...rows]));
}

interface MovementOptions extends ApiTargetOptions {
  readonly idempotencyKey?: string;
  readonly dryRun?: boolean;
}

/** Sends a movement, waits until the view has it, and shows the levels then. */
async function move(sku: string, body: Readonly<Record<string, unknown>>, options: MovementOptions) {
  const out = createOutput(options);
  const path = `${pathOf(sku)}/movements`;
  if (options.dryRun) return out.data({ method: 'POST', path, body }, `POST ${path} ${JSON.stringify(body)}`);
  const target = await apiTarget(options);
  const idempotencyKey = options.idempotencyKey ?? randomUUID();
  const accepted = await parsedAnswer(
    await postToApi(target, path, { body, idempotencyKey }),
    acceptedSchema,
  );
  out.say(`movement ${accepted.movementId}`);
  const stock = await parsedAnswer(await getFromApi(target, accepted.links.stock), stockSchema);
  out.data({ ...accepted, stock }, stockText(stock));
}

const withMovementOptions = (command: Command): Command =>
  withApiOptions(withCommonOptions(command))
    .option('--idempotency-key <key>', 'the same key again moves nothing again; by default a new one')
    .option('--dry-run', 'say what would be sent');

interface Told extends MovementOptions {
  readonly reason: string;
}
interface Adjusted extends Told {
  readonly quantity: number;
  readonly corrects?: string;
}

function parseSigned(text: string): number {
  if (!/^-?[1-9]\d{0,9}$/.test(text))
    throw new InvalidArgumentError('wanted a whole number of pieces, not 0.');
  return Number(text);
}

function parsePieces(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text))
    throw new InvalidArgumentError('wanted a whole number of pieces, from 1.');
  return Number(text);
}

/** Commander takes a parsed null for no value at all. */
const parseLimit = (text: string): number | 'none' => (text === 'none' ? text : parsePieces(text));

/** `millrace stock …`: levels and movements over the API, and the check of the journals. */
export function register(program: Command): void {
  const stock = program.command('stock').description('levels of stock, what moves them, and their check');
  withApiOptions(withCommonOptions(stock.command('get <sku>')))
    .description('the levels of one SKU and what they come from')
    .action(getStock);
  withApiOptions(withCommonOptions(stock.command('list')))
    .description('the SKUs of the store, by name')
    .option('--limit <n>', 'at most so many', parsePieces, 20)
    .action(listStock);
  withMovementOptions(stock.command('receive <sku>'))
    .description('sellable pieces have arrived')
    .requiredOption('--quantity <n>', 'pieces', parsePieces)
    .option('--reason <word>', 'a plain word or two', 'delivery')
    .action((sku: string, options: Told & { quantity: number }) =>
      move(sku, { type: 'receive', quantity: options.quantity, reason: options.reason }, options),
    );
  withMovementOptions(stock.command('adjust <sku>'))
    .description('a count or an incident changes what is on hand')
    .requiredOption('--quantity <n>', 'pieces, signed', parseSigned)
    .addOption(
      new Option('--reason <reason>', 'why').choices([...adjustStockReasonValues]).makeOptionMandatory(),
    )
    .option('--corrects <movementId>', 'the movement a correction names')
    .action((sku: string, { corrects, ...options }: Adjusted) => {
      const { quantity, reason } = options;
      const named = corrects === undefined ? {} : { corrects };
      return move(sku, { type: 'adjust', quantity, reason, ...named }, options);
    });
  for (const [verb, does] of [
    ['halt', 'stop selling the SKU'],
    ['resume', 'sell the SKU again'],
  ] as const) {
    withMovementOptions(stock.command(`${verb} <sku>`))
      .description(does)
      .option('--reason <word>', 'a plain word or two', verb)
      .action((sku: string, options: Told) => move(sku, { type: verb, reason: options.reason }, options));
  }
  withMovementOptions(stock.command('limit <sku>'))
    .description('at most so many pieces a customer from now on')
    .requiredOption('--per-customer <n>', 'pieces; none lifts the limit', parseLimit)
    .option('--reason <word>', 'a plain word or two', 'limit')
    .action((sku: string, options: Told & { perCustomer: number | 'none' }) => {
      const perCustomer = options.perCustomer === 'none' ? null : options.perCustomer;
      return move(sku, { type: 'limit', perCustomer, reason: options.reason }, options);
    });
  registerStockCheck(stock);
}
