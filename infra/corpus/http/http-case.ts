import { z } from 'zod';

/** How a body is made. */
export type BodyGen =
  | { readonly kind: 'concat'; readonly parts: readonly (string | Repeated)[] }
  /** `of` filled with spaces to `bytes`. */
  | { readonly kind: 'pad'; readonly of: string; readonly bytes: number }
  /** An order of so many lines, its SKUs in turn. */
  | {
      readonly kind: 'lines';
      readonly count: number;
      readonly line: Readonly<Record<string, unknown>>;
      readonly skuCycle?: readonly string[] | undefined;
    }
  /** An object of so many keys. */
  | { readonly kind: 'keys'; readonly count: number; readonly prefix: string; readonly value: string }
  | { readonly kind: 'gzip'; readonly of: BodyGen };

export interface Repeated {
  readonly repeat: string;
  readonly count: number;
}

const count = z.int().min(0);
const repeated = z.strictObject({ repeat: z.string(), count });
const bodyGen: z.ZodType<BodyGen> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('concat'), parts: z.array(z.union([z.string(), repeated])) }),
    z.strictObject({ kind: z.literal('pad'), of: z.string(), bytes: count }),
    z.strictObject({
      kind: z.literal('lines'),
      count,
      line: z.record(z.string(), z.unknown()),
      skuCycle: z.array(z.string()).min(1).optional(),
    }),
    z.strictObject({ kind: z.literal('keys'), count, prefix: z.string(), value: z.string() }),
    z.strictObject({ kind: z.literal('gzip'), of: bodyGen }),
  ]),
);

const headers = z.record(z.string(), z.string());
const plainRequest = z.strictObject({
  transport: z.undefined().optional(),
  method: z.string(),
  path: z.string(),
  headers,
  body: z.string().optional(),
  bodyBase64: z.string().optional(),
  bodyGen: bodyGen.optional(),
  /** Sent without Content-Length. */
  chunked: z.boolean().optional(),
});

const rawStep = z.union([
  z.strictObject({ head: z.string() }),
  z.strictObject({ text: z.string() }),
  z.strictObject({ base64: z.string() }),
  z.strictObject({ gen: bodyGen }),
  repeated,
  /** Every `everyMs` until the server closes; 0 = as fast as it is accepted. */
  z.strictObject({
    repeatUntilClosed: z.string(),
    everyMs: count.default(0),
    maxBytes: count.default(4_194_304),
  }),
  z.strictObject({ halfClose: z.literal(true) }),
  z.strictObject({ reset: z.literal(true) }),
]);
const rawRequest = z.strictObject({
  transport: z.literal('raw'),
  raw: z.strictObject({
    send: z.array(rawStep),
    responses: z.literal('until close').optional(),
    /** So many at once play the script. */
    connections: z.int().min(1).optional(),
    holdOpenMs: count.optional(),
  }),
});

const providerReply = z.strictObject({
  transport: z.literal('provider-reply'),
  operation: z.strictObject({
    kind: z.enum(['authorize', 'capture', 'void', 'refund']),
    amountMinor: z.int(),
    currency: z.string(),
    opId: z.string(),
    pspRef: z.string().optional(),
  }),
  reply: z.strictObject({
    status: z.int().optional(),
    headers: headers.optional(),
    body: z.string().optional(),
    bodyBase64: z.string().optional(),
    json: z.json().optional(),
    bodyGen: bodyGen.optional(),
    /** Nothing is answered for so long. */
    hangMs: count.optional(),
    /** What the provider did with it: of no matter to who cannot see it. */
    effect: z.string().optional(),
  }),
});

const httpStatus = z.int().min(0).max(599);
const statuses = z.union([httpStatus, z.array(httpStatus).min(1)]);
const expectation = z.strictObject({
  /** 0 = no answer; a text is the Outcome of a provider's reply. */
  status: z.union([statuses, z.string(), z.array(z.string())]),
  /** Last segment of `type`; null = not looked at. */
  problemType: z.string().nullable().optional(),
  problemTypes: z.array(z.string()).optional(),
  pointer: z.string().optional(),
  /** `*` = any value; a value that ends with `*` is a prefix. */
  headers: headers.optional(),
  replayed: z.boolean().optional(),
  /** How many exist afterwards. */
  orders: z.union([z.string(), count]).optional(),
  closes: z.boolean().optional(),
  withinMs: count.optional(),
  maxResponses: count.optional(),
  firstAnswerNot: statuses.optional(),
  /** The view may lag: another answer, and then what the log must say. */
  alsoAllowed: z
    .union([statuses, z.strictObject({ status: statuses, outcome: z.literal('CommandRefused').optional() })])
    .optional(),
  /** Over repeats, in words (`aggregate.ts`). */
  aggregate: z.string().optional(),
  note: z.string().optional(),
});

const request = z.union([plainRequest, rawRequest, providerReply]);
const httpCase = z.strictObject({
  id: z.string(),
  class: z.string(),
  title: z.string(),
  /** Conditions the runner sets up, in words (`conditions.ts`). */
  needs: z.array(z.string()).optional(),
  /** Requests sent first, each with its own expectation. */
  before: z.array(z.strictObject({ request, expect: expectation })).optional(),
  request,
  repeat: z
    .strictObject({
      count: z.int().min(1),
      concurrency: z.int().min(1).default(1),
      /** A new Idempotency-Key for each. */
      freshIdem: z.boolean().optional(),
      /** Sent by every second one. */
      alternateBody: z.string().optional(),
    })
    .optional(),
  expect: expectation,
});

/** One case of a corpus such as `api/http/corpus/bad-input-http.json`. */
export type HttpCase = z.output<typeof httpCase>;
export type CaseRequest = z.output<typeof request>;
export type PlainRequest = z.output<typeof plainRequest>;
export type RawRequest = z.output<typeof rawRequest>;
export type RawStep = z.output<typeof rawStep>;
export type ProviderReply = z.output<typeof providerReply>;
export type Expectation = z.output<typeof expectation>;

/** A case as it is written. Throws a RangeError that names each field the format does not have. */
export function parseCase(value: unknown): HttpCase {
  const parsed = httpCase.safeParse(value);
  if (!parsed.success)
    throw new RangeError(`the case is not of this format: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
