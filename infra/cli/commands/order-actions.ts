import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { receiveReturnConditionValues } from '../../../schemas/generated/orders-commands.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { getFromApi, postToApi } from '../api-client.ts';
import { type ApiTargetOptions, apiTarget, withApiOptions } from '../api-target.ts';
import { CliError } from '../cli-error.ts';
import { withCommonOptions } from '../common-options.ts';
import { createOutput } from '../output.ts';
import { parsedAnswer } from '../parsed-answer.ts';

const acceptedSchema = z.looseObject({
  id: z.string().optional(),
  orderId: z.string(),
  links: z.looseObject({ order: z.string() }),
});
const orderSchema = z.looseObject({
  orderId: z.string(),
  status: z.string(),
  requests: z
    .array(z.looseObject({ id: z.string(), outcome: z.string(), reason: z.string().nullable() }))
    .optional(),
});

interface SendOptions extends ApiTargetOptions {
  readonly idempotencyKey?: string;
  readonly dryRun?: boolean;
}

type Body = Readonly<Record<string, unknown>>;

/**
 * Sends a wish about an order once for its key and shows the order once the view has the owner's word on it. Throws
 * CliError (4) where the owner has refused it.
 */
async function send(path: string, body: Body, options: SendOptions): Promise<void> {
  const out = createOutput(options);
  if (options.dryRun) return out.data({ method: 'POST', path, body }, `POST ${path} ${JSON.stringify(body)}`);
  const target = await apiTarget(options);
  const idempotencyKey = options.idempotencyKey ?? randomUUID();
  const accepted = await parsedAnswer(
    await postToApi(target, path, { body, idempotencyKey }),
    acceptedSchema,
  );
  const order = await parsedAnswer(await getFromApi(target, accepted.links.order), orderSchema);
  const request = order.requests?.find(({ id }) => id === accepted.id);
  if (request?.outcome === 'refused') {
    throw new CliError(`the order refuses it: ${request.reason ?? 'no reason'}`, {
      code: 'order-state-conflict',
      exitCode: exitCodes.conflict,
      next: `npx millrace orders show ${order.orderId} --explain`,
    });
  }
  const id = accepted.id === undefined ? '' : `  ${accepted.id} ${request?.outcome ?? ''}`;
  out.data({ ...accepted, order }, `${order.orderId}  ${order.status}${id}`.trimEnd());
}

const pathOf = (orderId: string, action: string): string =>
  `/v1/orders/${encodeURIComponent(orderId)}/${action}`;

type Piece =
  | { readonly line: number; readonly quantity: number }
  | { readonly sku: string; readonly quantity: number };

function addLine(text: string, before: readonly Piece[] = []): readonly Piece[] {
  const [, line, quantity] = /^([1-9]\d{0,2})=([1-9]\d{0,5})$/.exec(text) ?? [];
  if (line === undefined)
    throw new InvalidArgumentError('wanted <number of the line>=<pieces>, for example 1=2.');
  return [...before, { line: Number(line), quantity: Number(quantity) }];
}

function addSku(text: string, before: readonly Piece[] = []): readonly Piece[] {
  const [, sku, quantity] = /^([A-Za-z0-9][A-Za-z0-9._-]{0,31})=([1-9]\d{0,5})$/.exec(text) ?? [];
  if (sku === undefined) throw new InvalidArgumentError('wanted <sku>=<pieces>, for example 85123A=2.');
  return [...before, { sku, quantity: Number(quantity) }];
}

function parseMinor(text: string): number {
  const minor = Number(text);
  if (!/^[1-9]\d{0,15}$/.test(text) || !Number.isSafeInteger(minor)) {
    throw new InvalidArgumentError('wanted a whole number of minor units, from 1.');
  }
  return minor;
}

interface Lines {
  readonly line?: readonly Piece[];
  readonly sku?: readonly Piece[];
}

/** `lines` of a request, or nothing where none is named. */
const linesOf = ({ line = [], sku = [] }: Lines): Body =>
  line.length + sku.length === 0 ? {} : { lines: [...line, ...sku] };

/** The given fields alone: the API takes no null. */
const given = (fields: Body): Body =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const sending = (command: Command): Command =>
  withApiOptions(withCommonOptions(command))
    .option('--idempotency-key <key>', 'the same key again does it no second time; by default a new one')
    .option('--dry-run', 'say what would be sent');

const withLines = (command: Command, all: string): Command =>
  command
    .option('--line <n=pieces>', `pieces of a line by its number, repeatable; without lines ${all}`, addLine)
    .option('--sku <sku=pieces>', 'pieces of the one line that has the SKU, repeatable', addSku);

const reason = '--reason <word>';
const aWord = 'a plain word or two, without personal data';

interface Create extends SendOptions {
  readonly customer: string;
  readonly currency: string;
  readonly sku: readonly Piece[];
  readonly token: string;
  readonly total?: number;
}

function registerCreate(orders: Command): void {
  sending(orders.command('create'))
    .description('place an order; the server prices it')
    .requiredOption('--customer <id>', 'a pseudonym')
    .requiredOption('--sku <sku=pieces>', 'a line, repeatable', addSku)
    .option('--currency <code>', 'ISO 4217', 'GBP')
    .option(
      '--token <token>',
      'payment token; tok_ok, tok_declined, tok_timeout and tok_lost_reply are tests',
      'tok_ok',
    )
    .option('--total <minor>', 'refused unless it is our total', parseMinor)
    .action(({ customer, currency, sku, token, total, ...options }: Create) =>
      send(
        '/v1/orders',
        given({ customerId: customer, currency, lines: sku, paymentToken: token, expectedTotalMinor: total }),
        options,
      ),
    );
}

interface Told extends SendOptions, Lines {
  readonly reason?: string;
}

function registerFulfilment(orders: Command): void {
  withLines(sending(orders.command('cancel <id>')), 'the whole order')
    .description('cancel an order of which nothing is shipped, or open pieces of it')
    .option(reason, aWord)
    .action((id: string, options: Told) =>
      send(pathOf(id, 'cancel'), given({ ...linesOf(options), reason: options.reason }), options),
    );
  withLines(sending(orders.command('ship <id>')), 'all that is open')
    .description('pieces have left the building')
    .option('--carrier <name>', 'who carries them')
    .option('--tracking <ref>', 'their number at the carrier')
    .action((id: string, options: Told & { readonly carrier?: string; readonly tracking?: string }) =>
      send(
        pathOf(id, 'shipments'),
        given({ ...linesOf(options), carrier: options.carrier, trackingRef: options.tracking }),
        options,
      ),
    );
  withLines(sending(orders.command('deliver <id>')), 'all that is on its way')
    .description('shipped pieces have arrived')
    .action((id: string, options: Told) => send(pathOf(id, 'deliveries'), linesOf(options), options));
}

interface Received extends Told {
  readonly restock?: boolean;
  readonly condition?: string;
}

function registerReturns(orders: Command): void {
  withLines(sending(orders.command('return <id>')), 'all that was shipped and not asked back')
    .description('ask to return pieces; the id it prints names the return')
    .option(reason, aWord)
    .action((id: string, options: Told) =>
      send(pathOf(id, 'returns'), given({ ...linesOf(options), reason: options.reason }), options),
    );
  withLines(sending(orders.command('receive <id> <returnId>')), 'all of the return that is not received')
    .description('pieces of a return are back and inspected; their price is refunded')
    .option('--restock', 'they are sellable: on hand again')
    .addOption(
      new Option('--condition <where>', 'where they go instead').choices([...receiveReturnConditionValues]),
    )
    .action((id: string, returnId: string, options: Received) => {
      const path = pathOf(id, `returns/${encodeURIComponent(returnId)}/receipt`);
      const { restock = false, condition } = options;
      return send(path, given({ ...linesOf(options), restock, condition }), options);
    });
  withLines(sending(orders.command('refund <id>')), 'name an amount')
    .description('give the price of pieces back, or an amount')
    .option('--amount <minor>', 'minor units of --currency, spread over what is left', parseMinor)
    .option('--currency <code>', 'of the amount: the order’s')
    .option(reason, aWord)
    .action((id: string, options: Told & { readonly amount?: number; readonly currency?: string }) => {
      const { amount, currency } = options;
      const body = given({ ...linesOf(options), amountMinor: amount, currency, reason: options.reason });
      return send(pathOf(id, 'refunds'), body, options);
    });
}

/** `millrace orders create | cancel | ship | deliver | return | receive | refund`. */
export function registerOrderActions(orders: Command): void {
  registerCreate(orders);
  registerFulfilment(orders);
  registerReturns(orders);
}
