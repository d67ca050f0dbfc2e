import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { orderStatuses } from '../../../schemas/order-view.ts';
import { getFromApi, readEvents } from '../api-client.ts';
import { type ApiTargetOptions, apiTarget, withApiOptions } from '../api-target.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { CliError } from '../cli-error.ts';
import { withCommonOptions } from '../common-options.ts';
import { createOutput, table } from '../output.ts';
import { registerOrderActions } from './order-actions.ts';
import { registerOrderStory } from './order-story.ts';
import { parsedAnswer } from '../parsed-answer.ts';

/** What the CLI shows of an order; the API may say more. */
const orderSchema = z.looseObject({
  orderId: z.string(),
  status: z.string(),
  reason: z.string().nullish(),
  currency: z.string(),
  totalMinor: z.number(),
  createdAt: z.string(),
  customerId: z.string(),
  lines: z.array(
    z.looseObject({ sku: z.string(), quantity: z.number(), unitPriceMinor: z.number().nullish() }),
  ),
});
const parkedSchema = z.looseObject({ orderId: z.string(), status: z.literal('parked'), since: z.string() });
const pageSchema = z.looseObject({ data: z.array(orderSchema), nextCursor: z.string().nullish() });
const eventSchema = z.looseObject({
  type: z.string(),
  status: z.string(),
  at: z.string().optional(),
  atMs: z.number().optional(),
});
type Order = z.infer<typeof orderSchema>;
type ParkedOrder = z.infer<typeof parkedSchema>;

const isParked = (found: Order | ParkedOrder): found is ParkedOrder => found.status === 'parked';

const money = ({ totalMinor, currency }: Order): string => {
  const format = new Intl.NumberFormat('en-GB', { style: 'currency', currency });
  return format.format(totalMinor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
};
const statusOf = ({ status, reason }: Order): string => (reason ? `${status} (${reason})` : status);

async function getOrder(id: string, options: ApiTargetOptions): Promise<void> {
  const found = await parsedAnswer(
    await getFromApi(await apiTarget(options), `/v1/orders/${encodeURIComponent(id)}`),
    z.union([parkedSchema, orderSchema]),
  );
  if (isParked(found)) {
    const text = `${found.orderId}  parked since ${found.since}: kept, not decided yet`;
    return createOutput(options).data(found, text);
  }
  const order = found;
  const lines = order.lines.map(({ sku, quantity, unitPriceMinor }) => [
    `  ${sku}`,
    String(quantity),
    unitPriceMinor == null ? '' : String(unitPriceMinor),
  ]);
  const head = `${order.orderId}  ${statusOf(order)}  ${money(order)}  ${order.customerId}  ${order.createdAt}`;
  createOutput(options).data(order, `${head}\n${table(lines)}`);
}

interface ListOptions extends ApiTargetOptions {
  readonly status?: string;
  readonly customer?: string;
  readonly sku?: string;
  readonly limit: number;
}

const pageMax = 100;

async function listOrders(options: ListOptions): Promise<void> {
  const target = await apiTarget(options);
  const orders: Order[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(Math.min(pageMax, options.limit - orders.length)) });
    for (const [name, value] of [
      ['status', options.status],
      ['customerId', options.customer],
      ['sku', options.sku],
      ['cursor', cursor],
    ] as const) {
      if (value != null) query.set(name, value);
    }
    const page = await parsedAnswer(await getFromApi(target, `/v1/orders?${query}`), pageSchema);
    orders.push(...page.data);
    cursor = page.nextCursor ?? null;
  } while (cursor !== null && orders.length < options.limit);
  const rows = orders.map((order) => [
    order.orderId,
    statusOf(order),
    money(order),
    order.customerId,
    order.createdAt,
  ]);
  createOutput(options).data(orders, rows.length === 0 ? 'no orders' : table(rows));
}

const atRest: readonly string[] = [
  'confirmed',
  'shipped',
  'delivered',
  'rejected',
  'declined',
  'expired',
  'cancelled',
];

async function watchOrder(id: string, options: ApiTargetOptions): Promise<void> {
  const out = createOutput(options);
  const target = await apiTarget(options);
  const response = await getFromApi(target, `/v1/orders/${encodeURIComponent(id)}/events`, true);
  let before: number | null = null;
  for await (const value of readEvents(response)) {
    const event = eventSchema.safeParse(value);
    if (!event.success) continue; // a control message of the stream, such as reset
    const at = event.data.atMs ?? Date.parse(event.data.at ?? '');
    const since = before === null || Number.isNaN(at) ? '' : `+${at - before} ms`;
    before = at;
    out.data(value, `${event.data.status.padEnd(12)} ${event.data.type.padEnd(20)} ${since}`);
    if (atRest.includes(event.data.status)) {
      await response.body?.cancel().catch(() => undefined); // the reader holds the lock; leaving the loop ends it
      return;
    }
  }
  throw new CliError('the stream ended before the order came to rest', {
    code: 'stream-ended',
    exitCode: exitCodes.tryAgain,
    next: `npx millrace orders watch ${id}`,
  });
}

function parseLimit(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('wanted a whole number from 1 to 999999.');
  return Number(text);
}

/** `millrace orders …`: the orders as the API shows them, and what is asked of them. */
export function register(program: Command): void {
  const orders = program.command('orders').description('place orders, look at them, act on them');
  withApiOptions(withCommonOptions(orders.command('get <id>')))
    .description('one order with its lines')
    .action(getOrder);
  withApiOptions(withCommonOptions(orders.command('list')))
    .description('the newest orders')
    .option('--status <status>', `one of ${orderStatuses.join(', ')}`)
    .option('--customer <id>', 'of one customer')
    .option('--sku <sku>', 'with this SKU')
    .option('--limit <n>', 'at most so many', parseLimit, 20)
    .action(listOrders);
  withApiOptions(withCommonOptions(orders.command('watch <id>')))
    .description('the events of one order until it comes to rest, with the time between')
    .action(watchOrder);
  registerOrderStory(orders);
  registerOrderActions(orders);
}
