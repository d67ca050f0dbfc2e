import { z } from 'zod';
import 'zod-openapi';
import { isCurrency } from '../../schemas/currencies.ts';
import { parseSku } from '../../schemas/ids.ts';
import { isCountryCode } from './country-codes.ts';

export const linesMax = 100;
export const quantityMax = 100_000;
const quantityOfSkuMax = 1_000_000;
/** Of a price, of shipping and of a discount (reliability §10). */
const minorMax = 999_999_999;

/** Controls, bidirectional overrides and isolates, zero-width space (reliability §10). */
const unprintable = /[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b]/u;

/** One line of text of 1 to `max` code points; the length is looked at before any pattern. */
export const textLine = (max: number) =>
  z.string().refine((text) => isTextLine(text, max), {
    message: `1 to ${max} characters, without control, bidirectional or zero-width ones`,
  });

function isTextLine(text: string, max: number): boolean {
  if (text.length === 0 || text.length > max * 2) return false;
  return text.isWellFormed() && !unprintable.test(text) && Array.from(text).length <= max;
}

/** A SKU in any letter case; upper case inside. */
export const sku = z
  .string()
  .max(32)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/)
  .overwrite((text) => parseSku(text) ?? text)
  .meta({ description: 'Letter case is of no account.', example: '85123A' });

/** An active ISO 4217 code. */
export const currency = z
  .string()
  .max(3)
  .refine(isCurrency, { message: 'an ISO 4217 currency in upper case' })
  .meta({ description: 'ISO 4217, upper case.', example: 'GBP' });

const minutesPerDay = 24 * 60;
const oldest = Date.UTC(2000, 0, 1);
const instantPattern = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(\.\d{1,9})?Z$/;

/** True for RFC 3339 in UTC on a date that exists, from the year 2000 to 24 hours ahead. */
export function isOrderedAt(text: string, nowMs: number): boolean {
  const [, seconds] = (text.length <= 30 && instantPattern.exec(text)) || [];
  if (seconds === undefined) return false;
  const atMs = Date.parse(text);
  // Date.parse takes February 30 for March 2: only what it writes back was a date.
  if (Number.isNaN(atMs) || new Date(atMs).toISOString().slice(0, seconds.length) !== seconds) return false;
  return atMs >= oldest && atMs <= nowMs + minutesPerDay * 60_000;
}

export const quantityOfLine = z
  .int()
  .min(1)
  .max(quantityMax)
  .meta({ description: 'Whole pieces.', example: 6 });

const line = z
  .strictObject({
    sku,
    quantity: quantityOfLine,
    unitPriceMinor: z.int().min(0).max(minorMax).optional().meta({
      description:
        'Your price of one piece in minor units. It must equal ours, unless the key has the scope orders:priced.',
      example: 255,
    }),
  })
  .meta({ id: 'OrderLineRequest' });

const address = z
  .strictObject({
    name: textLine(128),
    line1: textLine(128),
    line2: textLine(128).optional(),
    city: textLine(128),
    region: textLine(64).optional(),
    postalCode: textLine(16),
    country: z.string().max(2).refine(isCountryCode, { message: 'an ISO 3166-1 alpha-2 code in upper case' }),
  })
  .meta({
    id: 'Address',
    description: 'Encrypted before it reaches the log.',
    example: { name: 'Ada Buyer', line1: '1 Mill Lane', city: 'Leeds', postalCode: 'LS1 4AB', country: 'GB' },
  });

/** 1 to 100 lines, and no more than 1,000,000 pieces of a SKU in all of them. */
export const linesOf = <L extends z.ZodType<{ readonly sku: string; readonly quantity: number }>>(of: L) =>
  z
    .array(of)
    .min(1)
    .max(linesMax)
    .superRefine((lines, context) => {
      for (const i of linesOverSkuMax(lines)) {
        context.addIssue({
          code: 'custom',
          path: [i, 'quantity'],
          message: `at most ${quantityOfSkuMax} of a SKU in all lines`,
        });
      }
    });

/** Money that only a caller with the scope orders:priced may bring. */
const amountOfChannel = (what: string) =>
  z
    .int()
    .min(0)
    .max(minorMax)
    .optional()
    .meta({ description: `${what} Minor units. Only with the scope orders:priced.`, example: 0 });

const idText = (min: number, max: number) =>
  z
    .string()
    .min(min)
    .max(max)
    .regex(/^[A-Za-z0-9_-]+$/);

/** The body of `POST /v1/orders`: nothing else at any level (reliability §10). `orderedAt` is judged by the clock given. */
export const placeOrderRequest = (nowMs: () => number) =>
  z
    .strictObject({
      customerId: idText(1, 64).meta({
        description: 'A pseudonym, never an e-mail address or a name.',
        example: 'c-17850',
      }),
      currency,
      lines: linesOf(line),
      paymentToken: idText(4, 128).meta({
        description: 'Of your payment provider. Never a card number.',
        example: 'tok_ok',
      }),
      shipTo: address.optional(),
      shippingMinor: amountOfChannel('Shipping, before exclusive tax.'),
      discountMinor: amountOfChannel(
        'Discount on the goods, at most what they cost. Every line bears its share, and refunds give that back.',
      ),
      quoteId: z.string().min(1).max(16_384).optional().meta({
        description: 'Of POST /v1/quotes: its prices are honoured until it expires, for its lines alone.',
      }),
      expectedTotalMinor: z
        .int()
        .min(0)
        .optional()
        .meta({ description: 'Refused with total-mismatch unless it is our total.', example: 1530 }),
      orderedAt: z
        .string()
        .refine((text) => isOrderedAt(text, nowMs()), {
          message: 'RFC 3339 in UTC (…Z), from 2000 to 24 hours ahead',
        })
        .optional()
        .meta({
          description: 'When the customer ordered, by your clock. No decision reads it.',
          example: '2026-01-02T03:04:05Z',
        }),
    })
    .meta({ id: 'PlaceOrderRequest' });

export type PlaceOrderBody = z.output<ReturnType<typeof placeOrderRequest>>;

/** Indexes of the lines at which the sum of a SKU passes its limit. */
function linesOverSkuMax(
  lines: readonly { readonly sku: string; readonly quantity: number }[],
): readonly number[] {
  const sums = new Map<string, number>();
  return lines.flatMap(({ sku: name, quantity }, i) => {
    const sum = (sums.get(name) ?? 0) + quantity;
    sums.set(name, sum);
    return sum > quantityOfSkuMax ? [i] : [];
  });
}
