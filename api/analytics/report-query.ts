import { z } from 'zod';
import { parseSku } from '../../schemas/ids.ts';
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
const format = z.enum(['json', 'csv', 'ndjson']).default('json');
const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .optional();
const span = { from: time, to: time, tz: timeZone.optional() };

/** Parameters of `GET /v1/analytics/sales`. */
export const salesQuery = z.strictObject({
  ...span,
  bucket: z.enum(buckets).default('day'),
  basis: z.enum(['accepted', 'ordered']).default('accepted'),
  groupBy: z.enum(['currency', 'sku']).default('currency'),
  currency,
  sku: sku.optional(),
  format,
});
export type SalesQuery = z.output<typeof salesQuery>;

/** Parameters of `GET /v1/analytics/orders`. */
export const ordersQuery = z.strictObject({ ...span, bucket: z.enum(buckets).default('minute'), format });

/** Parameters of `GET /v1/analytics/refunds` and `/payments`. */
export const moneyQuery = z.strictObject({
  ...span,
  bucket: z.enum(buckets).default('day'),
  currency,
  format,
});
export type MoneyQuery = z.output<typeof moneyQuery>;

/** Parameters of `GET /v1/analytics/top-skus`. */
export const topSkusQuery = z.strictObject({
  ...span,
  currency,
  sort: z.enum(['gross', 'units']).default('gross'),
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 100)
    .default(10),
  format,
});
export type TopSkusQuery = z.output<typeof topSkusQuery>;
