import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { resolvePaymentAsValues } from '../../../schemas/generated/orders-commands.ts';
import { getFromApi, postToApi } from '../api-client.ts';
import { type ApiTargetOptions, apiTarget, withApiOptions } from '../api-target.ts';
import { withCommonOptions } from '../common-options.ts';
import { createOutput, table } from '../output.ts';
import { parsedAnswer } from '../parsed-answer.ts';

const stuckSchema = z.looseObject({
  data: z.array(
    z.looseObject({
      orderId: z.string(),
      status: z.string(),
      on: z.string(),
      since: z.string(),
      currency: z.string(),
      operations: z.array(z.looseObject({ opId: z.string(), status: z.string(), amountMinor: z.number() })),
      payment: z.looseObject({ nextCheckAt: z.string().nullable(), decideBy: z.string().nullable() }),
    }),
  ),
  count: z.number(),
  completeUntil: z.string().nullable(),
});
const dryRunSchema = z.looseObject({
  token: z.string(),
  operation: z.looseObject({ opId: z.string(), status: z.string(), amountMinor: z.number() }),
});
const acceptedSchema = z.looseObject({ id: z.string(), orderId: z.string() });

/** What nobody knows, or what waits for a person: the oldest first, one row an operation. */
async function showUnknown(options: ApiTargetOptions): Promise<void> {
  const out = createOutput(options);
  const page = await parsedAnswer(
    await getFromApi(await apiTarget(options, 'ops'), '/v1/ops/orders?stuck=true&limit=100'),
    stuckSchema,
  );
  const rows = page.data.flatMap(({ orderId, since, currency, operations, payment }) =>
    operations.map(({ opId, status, amountMinor }) => [
      orderId,
      opId.slice(orderId.length + 1),
      status,
      `${amountMinor} ${currency}`,
      since,
      payment.nextCheckAt ?? '-',
      payment.decideBy ?? '-',
    ]),
  );
  const head = ['order', 'operation', 'status', 'at risk', 'since', 'next look-up', 'decided by'];
  out.data(page, rows.length === 0 ? 'no money is unknown' : table([head, ...rows]));
  if (page.count > page.data.length) out.say(`${page.count} in all; the oldest are shown`);
}

interface ResolveOptions extends ApiTargetOptions {
  readonly as: string;
  readonly reason: string;
  readonly evidence: string;
  readonly yes?: boolean;
  readonly idempotencyKey?: string;
}

async function resolvePayment(orderId: string, operation: string, options: ResolveOptions): Promise<void> {
  const out = createOutput(options);
  const target = await apiTarget(options, 'ops');
  const path = `/v1/ops/orders/${encodeURIComponent(orderId)}/resolve`;
  const opId = operation.startsWith(`${orderId}:`) ? operation : `${orderId}:${operation}`;
  const { as, reason, evidence, yes } = options;
  const word = { opId, as, reason, evidence };
  const dry = await parsedAnswer(
    await postToApi(target, path, { body: word, idempotencyKey: randomUUID() }),
    dryRunSchema,
  );
  const { status, amountMinor } = dry.operation;
  const text = `${opId} (${status}, ${amountMinor}) is to count as ${as}`;
  if (!yes) {
    out.data(dry, text);
    out.say('A dry run: nothing was changed. Add --yes to decide it.');
    return;
  }
  const body = { ...word, dryRun: false, token: dry.token };
  const idempotencyKey = options.idempotencyKey ?? randomUUID();
  const accepted = await parsedAnswer(
    await postToApi(target, path, { body, idempotencyKey }),
    acceptedSchema,
  );
  out.data(accepted, `${text}: ${accepted.id}`);
}

/** `millrace payments unknown | resolve`: money nobody knows of. */
export function register(program: Command): void {
  const payments = program.command('payments').description('money that is unknown or waits for a person');
  withApiOptions(withCommonOptions(payments.command('unknown')))
    .description('operations whose outcome is unknown, or that wait for a person, the oldest first')
    .action(showUnknown);
  withApiOptions(withCommonOptions(payments.command('resolve <orderId> <operation>')))
    .description('decide an operation by evidence; without --yes a dry run that says what would be decided')
    .addOption(
      new Option('--as <outcome>', 'did the money move?')
        .choices([...resolvePaymentAsValues])
        .makeOptionMandatory(),
    )
    .requiredOption('--reason <word>', 'a plain word or two; stands in the books')
    .requiredOption('--evidence <text>', 'where you saw it, without personal data; stands in the books')
    .option('--yes', 'decide it')
    .option('--idempotency-key <key>', 'the same key again decides nothing again; by default a new one')
    .action(resolvePayment);
}
