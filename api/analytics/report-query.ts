import { z } from 'zod';
import { parseSku } from '../../schemas/ids.ts';
import { compares } from './compare-periods.ts';
import { buckets } from './time-range.ts';

/** IANA zones only: the engine knows no offsets. Canonical spelling, whatever the letter case. */
const timeZone = z
  .string()
  .regex(/^[A-Za-z][\w+/-]{0,63}$/)
  .transform((name, context) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    } catch {
      context.addIssue({ code: 'custom', message: 'not an IANA time zone' });
      return z.NEVER; // the constructor's RangeError is the platform's only "no such zone"
    }
  });

const sku = z.string().transform((text, context) => {
  const parsed = parseSku(text);
  if (parsed !== null) return parsed;
  context.addIssue({ code: 'custom', message: 'not a SKU' });
  return z.NEVER;
});

const time = z.string().min(10).max(40).optional();
export const reportFormats = ['json', 'csv', 'ndjson', 'parquet'] as const;
const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .optional();
/** A value that stands in a column as it is; it is bound, never part of the statement. */
const value = z.string().min(1).max(128).optional();
const bucket = z.enum(buckets).default('day');

/** Parameters of every report. */
const common = {
  from: time.meta({ description: 'RFC 3339 instant, or local date in tz; included.' }),
  to: time.meta({ description: 'The same; not included.' }),
  tz: timeZone.optional().meta({ description: 'IANA zone that cuts the days; else the store’s.' }),
  asOf: time.meta({ description: 'As the log stood then, for ever the same; not beyond complete_until.' }),
  compare: z.enum(compares).optional().meta({ description: 'Adds previous_… to every figure.' }),
  format: z.enum(reportFormats).default('json'),
};

/** Names of an allow-list, with commas between; `currency` is always one and may be left out. */
const groupsOf = <const T extends readonly string[]>(names: T) => {
  const name = `(?:currency|${names.join('|')})`;
  return z
    .string()
    .regex(new RegExp(`^${name}(?:,${name})*$`))
    .transform((text) => {
      const asked = new Set(text.split(','));
      return names.filter((one): one is T[number] => asked.has(one));
    })
    .prefault('currency')
    .meta({ description: `Names with commas between: currency (always), ${names.join(', ')}.` });
};

/** Parameters of `GET /v1/analytics/sales`. Without `bucket`: days, or none where it groups by weekday or hour. */
export const salesQuery = z.strictObject({
  ...common,
  bucket: z
    .enum(buckets)
    .optional()
    .meta({ description: 'Default day; none where it groups by weekday or hour.' }),
  basis: z.enum(['accepted', 'ordered']).default('accepted'),
  groupBy: groupsOf(['sku', 'customer', 'weekday', 'hour']),
  currency,
  sku: sku.optional(),
  customer: value,
});
export type SalesQuery = z.output<typeof salesQuery>;

/** Parameters of `GET /v1/analytics/orders`. */
export const ordersQuery = z.strictObject({
  ...common,
  bucket: z.enum(buckets).default('minute'),
  groupBy: z
    .string()
    .regex(/^(?:currency|outcome|reason)(?:,(?:currency|outcome|reason))*$/)
    .transform((text) => {
      const asked = new Set(text.split(','));
      return (['currency', 'outcome', 'reason'] as const).filter((name) => asked.has(name));
    })
    .optional()
    .meta({ description: 'Names with commas between: currency, outcome, reason.' }),
  currency,
  outcome: z.enum(['Rejected', 'Declined', 'Expired', 'Cancelled']).optional(),
  reason: value,
});
export type OrdersQuery = z.output<typeof ordersQuery>;

/** Parameters of `GET /v1/analytics/funnel`. */
export const funnelQuery = z.strictObject({ ...common, bucket, currency });
export type FunnelQuery = z.output<typeof funnelQuery>;

/** Parameters of `GET /v1/analytics/stock`. */
export const stockQuery = z.strictObject({
  ...common,
  bucket: z
    .enum(buckets)
    .optional()
    .meta({ description: 'Without one: a row for each SKU, of the whole range.' }),
  sku: sku.optional(),
});
export type StockQuery = z.output<typeof stockQuery>;

/** Parameters of `GET /v1/analytics/refunds`. */
export const refundsQuery = z.strictObject({
  ...common,
  bucket,
  groupBy: groupsOf(['why']),
  currency,
  why: z.enum(['cancel', 'cancel-lines', 'return', 'request', 'late-money']).optional(),
});
export type RefundsQuery = z.output<typeof refundsQuery>;

/** Parameters of `GET /v1/analytics/payments`. */
export const paymentsQuery = z.strictObject({
  ...common,
  bucket,
  groupBy: groupsOf(['code']),
  currency,
  code: value,
});
export type PaymentsQuery = z.output<typeof paymentsQuery>;

/** Parameters of `GET /v1/analytics/top-skus`. */
export const topSkusQuery = z.strictObject({
  ...common,
  currency,
  sort: z.enum(['gross', 'units']).default('gross'),
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 100)
    .default(10),
});
export type TopSkusQuery = z.output<typeof topSkusQuery>;
