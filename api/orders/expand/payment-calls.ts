import { z } from 'zod';
import { instant, minor, toInstant } from '../answer-fields.ts';
import type { HistoryEvent } from './order-history.ts';

/** Every operation the provider was asked for, with its key, what he answered and how often he was asked about it. */
export const paymentCalls = z.array(
  z.object({
    opId: z.string(),
    kind: z.string(),
    attempt: z.int(),
    key: z.string().meta({ description: 'The provider’s idempotency key.' }),
    amountMinor: minor,
    askedAt: instant,
    reference: z.string().nullable().meta({ description: 'The provider’s, as he last gave it.' }),
    answers: z.array(z.object({ type: z.string(), at: instant, code: z.string().nullable() })),
    lookUps: z.array(z.object({ n: z.int(), why: z.string(), at: instant })),
  }),
);

type PaymentCall = z.output<typeof paymentCalls>[number];

/** The calls of a history; what the ledger does not have yet is not among them. */
export function toPaymentCalls(events: readonly HistoryEvent[]): z.output<typeof paymentCalls> {
  const calls: PaymentCall[] = [];
  for (const { type, atMs, ledger } of events) {
    const { detail = {} } = ledger ?? {};
    const opId = text(detail['opId']);
    if (opId === null) continue;
    if (type === 'PaymentOpRequested') calls.push(toCall(opId, detail, atMs));
    else calls.findLast((call) => call.opId === opId && addTo(call, type, detail, atMs));
  }
  return calls;
}

type Detail = Readonly<Record<string, unknown>>;

const toCall = (opId: string, detail: Detail, atMs: number): PaymentCall => ({
  opId,
  kind: text(detail['kind']) ?? '',
  attempt: Number(detail['attempt']),
  key: text(detail['key']) ?? '',
  amountMinor: Number(detail['amountMinor']),
  askedAt: toInstant(atMs),
  reference: text(detail['pspRef']),
  answers: [],
  lookUps: [],
});

/** Adds an event of the call's operation to it; false if it is of another attempt. */
function addTo(call: PaymentCall, type: string, detail: Detail, atMs: number): boolean {
  if (detail['attempt'] !== undefined && detail['attempt'] !== call.attempt) return false;
  call.reference = text(detail['pspRef']) ?? call.reference;
  const at = toInstant(atMs);
  if (type === 'LookUpRequested') {
    call.lookUps.push({ n: Number(detail['n']), why: text(detail['why']) ?? '', at });
  } else {
    const code =
      text(detail['code']) ?? text(detail['cause']) ?? text(detail['reason']) ?? text(detail['as']);
    call.answers.push({ type, at, code });
  }
  return true;
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
