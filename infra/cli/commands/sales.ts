import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { getFromApi } from '../api-client.ts';
import { type ApiTarget, type ApiTargetOptions, apiTarget, withApiOptions } from '../api-target.ts';
import { withCommonOptions } from '../common-options.ts';
import { createOutput, table } from '../output.ts';
import { parsedAnswer } from '../parsed-answer.ts';
import { wholeNumber } from '../whole-number.ts';

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const rowSchema = z.record(z.string(), cell);
/** What the CLI shows of a report; the API says more. */
const reportSchema = z.looseObject({
  data: z.array(rowSchema),
  totals: z.array(rowSchema),
  meta: z.looseObject({
    complete_until: z.string().nullable(),
    tz: z.string(),
    definition_version: z.number(),
    sql: z.string(),
  }),
});
type Row = z.output<typeof rowSchema>;
type Report = z.output<typeof reportSchema>;

interface SalesOptions extends ApiTargetOptions {
  readonly compare?: string | true;
  readonly csv?: boolean;
  readonly explain?: boolean;
  readonly tz?: string;
}
interface SpanOptions extends SalesOptions {
  readonly days: number;
}
interface TopOptions extends SpanOptions {
  readonly limit: number;
  readonly sort: string;
}

const compares = ['previousPeriod', 'previousWeek', 'previousYear'];

/** The columns of a row that a person reads, with what they compare with beside them. */
const figures = ['orders', 'gross_minor', 'refunds_minor', 'net_minor', 'unconfirmed_minor'] as const;

async function salesToday(options: SalesOptions): Promise<void> {
  const target = await apiTarget(options);
  const from = await localDate(target, options, 0);
  await show(target, 'sales', { from, bucket: 'day' }, options, ({ totals, data }) =>
    rowsText(
      totals.map((total) => {
        const last = data.findLast((row) => row['currency'] === total['currency']);
        const unconfirmed = last?.['unconfirmed_minor'];
        return unconfirmed === undefined ? total : { ...total, unconfirmed_minor: unconfirmed };
      }),
      ['currency'],
      'Nothing was sold today.',
    ),
  );
}

async function salesTrend(options: SpanOptions): Promise<void> {
  const target = await apiTarget(options);
  const from = await localDate(target, options, options.days - 1);
  await show(target, 'sales', { from, bucket: 'day' }, options, ({ data }) =>
    rowsText(
      data.map((row) => ({ ...row, day: String(row['bucket_local']).slice(0, 10) })),
      ['day', 'currency'],
      `Nothing was sold in these ${options.days} days.`,
    ),
  );
}

async function salesTop(options: TopOptions): Promise<void> {
  const target = await apiTarget(options);
  const from = await localDate(target, options, options.days - 1);
  const query = { from, limit: String(options.limit), sort: options.sort };
  await show(target, 'top-skus', query, options, ({ data }) =>
    rowsText(data, ['sku', 'currency'], `Nothing was sold in these ${options.days} days.`, [
      'units',
      'orders',
      'gross_minor',
    ]),
  );
}

/** Asks a report and prints it as text, JSON (the answer as it is) or CSV (the API's own, formulas made harmless). */
async function show(
  target: ApiTarget,
  report: string,
  asked: Readonly<Record<string, string>>,
  options: SalesOptions,
  toText: (report: Report) => string,
): Promise<void> {
  const query = new URLSearchParams(asked);
  if (options.tz !== undefined) query.set('tz', options.tz);
  if (options.compare !== undefined) {
    query.set('compare', options.compare === true ? 'previousPeriod' : options.compare);
  }
  const out = createOutput(options);
  if (options.csv === true) query.set('format', 'csv');
  const path = `/v1/analytics/${report}?${query}`;
  const response = await getFromApi(target, path);
  if (options.explain === true) out.say(`GET ${path}`);
  if (options.csv === true) {
    out.say(`Complete until ${response.headers.get('complete-until') ?? 'unknown'}.`);
    for await (const bytes of response.body ?? []) process.stdout.write(bytes);
    return;
  }
  const answer = await parsedAnswer(response, reportSchema);
  if (options.explain === true) out.say(answer.meta.sql);
  out.data(answer, toText(answer));
  const { complete_until, tz, definition_version } = answer.meta;
  out.say(
    `Complete until ${complete_until ?? 'unknown'}; days of ${tz}; minor units; ${report}, definition ${definition_version}: GET /v1/analytics`,
  );
}

function rowsText(
  rows: readonly Row[],
  names: readonly string[],
  none: string,
  shown: readonly string[] = figures,
): string {
  const columns = [...names, ...shown].flatMap((name) =>
    [name, `previous_${name}`].filter((one) => rows.some((row) => row[one] !== undefined)),
  );
  if (rows.length === 0) return none;
  const heads = columns.map((name) => name.replace(/_minor$/, '').replaceAll('_', ' '));
  return table([heads, ...rows.map((row) => columns.map((name) => String(row[name] ?? '–')))]);
}

/** The local date so many days before today's, in the zone asked for or the store's, which any answer names. */
async function localDate(target: ApiTarget, { tz }: SalesOptions, daysBefore: number): Promise<string> {
  const zone = tz ?? (await zoneOfStore(target));
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(Date.now());
  const date = new Date(`${today}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - daysBefore);
  return date.toISOString().slice(0, 10);
}

async function zoneOfStore(target: ApiTarget): Promise<string> {
  const from = new Date(Date.now() - 60_000).toISOString();
  const query = new URLSearchParams({ from, limit: '1' });
  const { meta } = await parsedAnswer(
    await getFromApi(target, `/v1/analytics/top-skus?${query}`),
    reportSchema,
  );
  return meta.tz;
}

function timeZone(name: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    throw new InvalidArgumentError('wanted an IANA time zone, for example Europe/London.');
  }
}

const withReportOptions = (command: Command): Command =>
  withApiOptions(withCommonOptions(command))
    .addOption(
      new Option('--compare [with]', 'beside an earlier range; previousPeriod where none is named').choices(
        compares,
      ),
    )
    .option('--csv', 'the rows as CSV')
    .option('--tz <zone>', 'the IANA time zone that cuts the days; the store’s without', timeZone)
    .option('--explain', 'also print the request and the SQL behind the figures, on stderr');

const days = wholeNumber(1, 3_650);

/** `millrace sales`: the reports an analyst looks at every day. */
export function register(program: Command): void {
  const sales = program.command('sales').description('sales numbers, as the analytics reports define them');
  withReportOptions(sales.command('today'))
    .description(
      'gross, refunds, net and unconfirmed money of the store’s today; --compare: of yesterday until the same time',
    )
    .action(salesToday);
  withReportOptions(sales.command('top'))
    .description('the best sold SKUs of the last days')
    .option('--days <n>', 'how many, today included', days, 1)
    .option('--limit <n>', 'SKUs of each currency', wholeNumber(1, 100), 10)
    .addOption(new Option('--sort <by>', 'money or pieces').choices(['gross', 'units']).default('gross'))
    .action(salesTop);
  withReportOptions(sales.command('trend'))
    .description('sales by day')
    .option('--days <n>', 'how many, today included', days, 14)
    .action(salesTrend);
}
