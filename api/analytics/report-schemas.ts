import { z } from 'zod';

/** Shapes of the answers, for the OpenAPI document; the handlers' own types say the same. */
const time = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC' });
const minor = z.int().meta({ description: 'Minor units of the currency' });
const count = z.int().min(0);
const bucket = {
  bucket: time,
  bucket_local: z.string().meta({ description: 'The same instant on the clocks of tz' }),
  previous_bucket: time.nullable().optional().meta({ description: 'What it compares with; null: nothing' }),
};
const partial = {
  partial: z.boolean().optional().meta({ description: 'The bucket ends after complete_until' }),
};

const sqlParameters = z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]));

const meta = z.object({
  report: z.string(),
  complete_until: time
    .nullable()
    .meta({ description: 'Every event older than this is counted; null: not known' }),
  as_of: time,
  lag_seconds: z.number().nullable(),
  from: time,
  to: time,
  tz: z.string(),
  bucket: z.string().nullable(),
  definition_version: z.int(),
  rows_read: z.int(),
  elapsed_ms: z.int(),
  sql: z.string(),
  sql_parameters: sqlParameters,
  compare: z
    .object({ with: z.string(), from: time, to: time, sql: z.string(), sql_parameters: sqlParameters })
    .optional()
    .meta({ description: 'The earlier range that the columns previous_… are of' }),
});

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);
/** With `compare` every figure has a twin `previous_…`, and a bucket its `previous_bucket`. */
const reportOf = (data: z.ZodObject, totals: z.ZodObject) =>
  z.object({ data: z.array(data.catchall(cell)), totals: z.array(totals.catchall(cell)), meta });

const sums = {
  orders: count.optional(),
  units: count,
  gross_minor: minor,
  refunds_minor: minor.optional(),
  chargebacks_minor: minor.optional(),
  net_minor: minor.optional(),
  discount_minor: minor.optional(),
  tax_minor: minor,
  shipping_minor: minor.optional(),
  average_minor: minor.nullable().optional().meta({ description: 'Gross by orders, half up' }),
};

export const salesAnswer = reportOf(
  z.object({
    bucket: time.optional(),
    bucket_local: bucket.bucket_local.optional(),
    previous_bucket: bucket.previous_bucket,
    currency: z.string(),
    sku: z.string().optional(),
    customer_id: z.string().optional(),
    weekday: z.int().min(1).max(7).optional().meta({ description: '1 Monday to 7 Sunday, in tz' }),
    hour: z.int().min(0).max(23).optional().meta({ description: 'Of the clocks of tz' }),
    ...sums,
    unconfirmed_minor: minor.optional().meta({ description: 'Balance at the end of the bucket' }),
    ...partial,
  }),
  z.object({ currency: z.string(), ...sums }),
);

const byOutcome = {
  placed: count.optional(),
  confirmed: count.optional(),
  rejected: count,
  declined: count,
  expired: count,
  cancelled: count,
};
export const ordersAnswer = reportOf(
  z.object({
    ...bucket,
    currency: z.string().optional(),
    outcome: z.string().optional(),
    reason: z.string().optional(),
    ...byOutcome,
    ...partial,
  }),
  z.object({ currency: z.string().optional(), ...byOutcome }),
);

const taken = {
  placed: count,
  held: count,
  authorized: count,
  committed: count,
  confirmed: count,
  left_holding: count,
  left_authorizing: count,
  left_committing: count,
};
const standing = count.meta({ description: 'Balance at the end of the bucket' });
export const funnelAnswer = reportOf(
  z.object({
    ...bucket,
    currency: z.string(),
    ...taken,
    in_holding: standing,
    in_authorizing: standing,
    in_committing: standing,
    in_capturing: standing,
    in_unwinding: standing,
    ...partial,
  }),
  z.object({ currency: z.string(), ...taken }),
);

const steps = {
  requested: count,
  requested_minor: minor,
  refunded_minor: minor,
  unsold_minor: minor,
  failed: count,
  due_minor: minor,
  chargebacks_minor: minor,
};
const unknown = {
  unknown_minor: minor
    .optional()
    .meta({ description: 'Balance at the end of the bucket of money nobody knows about' }),
};
const ofMoney = { ...bucket, currency: z.string() };
export const refundsAnswer = reportOf(
  z.object({ ...ofMoney, why: z.string().optional(), ...steps, ...unknown, ...partial }),
  z.object({ currency: z.string(), ...steps }),
);

const words = {
  authorized: count,
  declined: count,
  captured: count,
  capture_failed: count,
  voided: count,
  lapsed: count,
  became_unknown: count,
  captured_minor: minor,
};
export const paymentsAnswer = reportOf(
  z.object({ ...ofMoney, code: z.string().optional(), ...words, ...unknown, ...partial }),
  z.object({ currency: z.string(), ...words }),
);

const sold = { currency: z.string(), units: count, gross_minor: minor };
export const topSkusAnswer = reportOf(z.object({ sku: z.string(), orders: count, ...sold }), z.object(sold));

const pieces = {
  received: z.int(),
  restocked: count,
  adjusted: z.int(),
  held_units: count,
  released: count,
  committed: count,
  reversed: count,
  shipped: count,
  stock_outs: count,
  stock_out_units: count,
};
export const stockAnswer = reportOf(
  z.object({
    bucket: time.optional(),
    bucket_local: bucket.bucket_local.optional(),
    previous_bucket: bucket.previous_bucket,
    sku: z.string(),
    ...pieces,
    on_hand: standing,
    held: standing,
    available: standing,
    allocated: standing,
    ...partial,
  }),
  z.object(pieces),
);

export const catalogueAnswer = z
  .object({
    reports: z.array(
      z.object({
        name: z.string(),
        path: z.string(),
        title: z.string(),
        definition_version: z.int(),
        definition: z.string(),
        columns: z.record(z.string(), z.string()),
        not_yet: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'ReportCatalogue' });
