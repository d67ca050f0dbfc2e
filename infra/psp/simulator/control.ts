import { z } from 'zod';
import { callFaultNames } from './call-faults.ts';
import { operationKinds } from './protocol.ts';

const text = z.string().min(1).max(500);
/** The id of a payment, or of an operation on it. */
const payment = text;
const ms = z
  .int()
  .min(1)
  .max(400 * 86_400_000);

/** What a test, a drill or a person may do to the provider: `POST /control`. Each stands in the ledger before its answer. */
export const control = z.discriminatedUnion('do', [
  /** The provider's clock runs ahead of the wall's by so much more: authorizations lapse, pending refunds end. */
  z.strictObject({ do: z.literal('advance-clock'), ms }),
  /** 503 to every operation and look-up for so long on its clock. */
  z.strictObject({ do: z.literal('outage'), ms }),
  /** A fault for the next calls that fit. */
  z.strictObject({
    do: z.literal('plan-fault'),
    fault: z.enum(callFaultNames),
    times: z.int().min(1).max(1_000_000).default(1),
    opId: text.optional(),
    orderId: text.optional(),
    kind: z.enum(operationKinds).optional(),
  }),
  /** In the words of `MILLRACE_PSP_FAULTS`, which it replaces. */
  z.strictObject({ do: z.literal('set-rates'), rates: z.string().max(2_000) }),
  z.strictObject({ do: z.literal('forget-keys') }),
  /** What becomes of a payment by itself. */
  z.strictObject({
    do: z.literal('change-payment'),
    payment,
    becomes: z.enum(['authorized', 'declined', 'captured', 'voided', 'lapsed']),
  }),
  z.strictObject({
    do: z.literal('end-refund'),
    payment,
    /** Of the refund operation. */
    opId: text,
    status: z.enum(['succeeded', 'failed']),
  }),
  /** Opened over the whole captured amount unless another is given. */
  z.strictObject({
    do: z.literal('dispute'),
    payment,
    status: z.enum(['open', 'won', 'lost']),
    amount: z.int().min(1).optional(),
  }),
  z.strictObject({
    do: z.literal('plant-settlement'),
    payment,
    fault: z.enum(['missing', 'double', 'amount', 'foreign', 'payout']),
  }),
]);
export type Control = z.output<typeof control>;

/** Each control in words, for the documents. */
export const controlHelp: { readonly [Do in Control['do']]: string } = {
  'advance-clock': '`ms`: its clock runs ahead by so much more; authorizations lapse, what was pending ends',
  outage: '`ms`: 503 to every operation, look-up and settlement file, for so long on its clock',
  'plan-fault':
    '`fault`, `times`, and of `opId`, `orderId`, `kind` what must fit: the next calls that fit meet it',
  'set-rates': '`rates`: replaces `MILLRACE_PSP_FAULTS`',
  'forget-keys': 'every key is forgotten: the next call of each runs afresh',
  'change-payment': '`payment`, `becomes`: authorized, declined, captured, voided or lapsed, by itself',
  'end-refund': '`payment`, `opId` of the refund, `status`: succeeded or failed, also after it had succeeded',
  dispute: '`payment`, `status`: open (of all that is captured, or of `amount`), won or lost',
  'plant-settlement':
    '`payment`, `fault`: missing, double, amount or foreign in the file of its day, or its payout',
};
