import type {
  DiscrepancyRecorded,
  LookUpRequested,
  PaymentUnknown,
  PersonNeeded,
} from '../../schemas/generated/orders-events.ts';
import type { PaymentResult, PersonReason, PlainPaymentCell } from '../../schemas/payment-transitions.ts';
import { isUnknown, type Doubt } from './doubt.ts';
import { discrepancyText, type PaidOrder, type Payment, type PaymentEvent } from './payment.ts';
import { checkAtMs, type PaymentRules, unknownDecideByMs } from './payment-schedule.ts';

/** What is to be said of an input that changed nothing; a repeat is said of by nobody. */
export type PaymentNote = { readonly is: 'repeat' } | PlainPaymentCell;

/**
 * What the machine makes of one input. `events` are the facts to journal, in order; `result` is what the order's own
 * table acts on beside them; `note` is what to record of the input itself, null where the events say it all.
 */
export interface PaymentDecision {
  readonly events: readonly PaymentEvent[];
  readonly result: PaymentResult | null;
  readonly note: PaymentNote | null;
}

/** Everything a decision reads. `atMs` is the log's clock. */
export interface Money {
  readonly order: PaidOrder;
  readonly payment: Payment;
  readonly atMs: number;
  readonly rules: PaymentRules;
}

export const decided = (
  events: readonly PaymentEvent[],
  result: PaymentResult | null = null,
  note: PaymentNote | null = null,
): PaymentDecision => ({ events, result, note });

export const noted = (note: PaymentNote): PaymentDecision => decided([], null, note);

/** An operation, or a refund, by the names an event needs. */
export interface OpName {
  readonly opId: string;
  readonly attempt: number;
  readonly amountMinor: number;
}

export const placeOf = ({ store, orderId }: PaidOrder, { opId, attempt }: Omit<OpName, 'amountMinor'>) => ({
  store,
  orderId,
  opId,
  attempt,
});

/** Nobody knows what the provider did. The plan of an unknown that stands already is kept. */
export function becameUnknown(
  { order, payment, atMs, rules }: Money,
  op: OpName & { readonly kind: PaymentUnknown['kind'] },
  doubt: Doubt | null,
  cause: string,
): PaymentUnknown {
  const known = isUnknown(doubt) ? doubt : null;
  return {
    type: 'PaymentUnknown',
    ...placeOf(order, op),
    kind: op.kind,
    amountMinor: op.amountMinor,
    currency: order.currency,
    cause,
    nextCheckAtMs: known?.nextCheckAtMs ?? checkAtMs(atMs, 0, false, atMs),
    decideByMs: known ? known.decideByMs : unknownDecideByMs(op.kind, payment.captureBeforeMs, atMs, rules),
  };
}

/** Asks the provider what is true of `op`. Without a reference it is found by the authorization's id. */
export function askProvider(
  { order, payment }: Money,
  op: Pick<OpName, 'opId' | 'amountMinor'> & { readonly doubt: Doubt | null },
  why: string,
  hintId: string | null = null,
): LookUpRequested {
  const { pspRef } = payment;
  return {
    type: 'LookUpRequested',
    store: order.store,
    orderId: order.orderId,
    opId: pspRef === null ? (payment.ops[0]?.opId ?? op.opId) : op.opId,
    n: (payment.lookUp?.n ?? 0) + 1,
    pspRef,
    why,
    hintId,
    amountMinor: op.amountMinor,
    currency: order.currency,
    nextCheckAtMs: op.doubt?.nextCheckAtMs ?? null,
    decideByMs: op.doubt?.decideByMs ?? null,
  };
}

/** The operation the payment waits for, or, before there is one, the order by name. */
export function latestOp({ order, payment }: Money): OpName & { readonly doubt: Doubt | null } {
  const op = payment.ops.at(-1);
  return {
    opId: op?.opId ?? order.orderId,
    attempt: op?.attempt ?? 1,
    amountMinor: op?.amountMinor ?? order.totalMinor,
    doubt: payment.doubt,
  };
}

export const needPerson = (
  { order }: Money,
  { opId, amountMinor }: Pick<OpName, 'opId' | 'amountMinor'>,
  reason: PersonReason,
): PersonNeeded => ({
  type: 'PersonNeeded',
  store: order.store,
  orderId: order.orderId,
  opId,
  reason,
  amountMinor,
  currency: order.currency,
});

/** Two sources of truth that disagree, in their own words. */
export type Disagreement = Pick<DiscrepancyRecorded, 'class' | 'ours' | 'theirs' | 'amountMinor'> & {
  readonly opId: string | null;
};

/** The discrepancy, and a look-up. One that shows again calls a person; after that it is only noted. */
export function disagree(money: Money, disagreement: Disagreement): PaymentDecision {
  const { order, payment } = money;
  const known = payment.discrepancy;
  if (known?.text !== discrepancyText(disagreement)) {
    const recorded = discrepancyOf(order, disagreement);
    return decided([recorded, askProvider(money, latestOp(money), 'discrepancy')]);
  }
  if (known.person) return noted({ is: 'ignore', reason: 'discrepancy-known' });
  const { opId, amountMinor } = disagreement;
  return decided([needPerson(money, { opId: opId ?? order.orderId, amountMinor }, 'discrepancy')]);
}

export const discrepancyOf = (
  { store, orderId, currency }: PaidOrder,
  disagreement: Disagreement,
): DiscrepancyRecorded => ({ type: 'DiscrepancyRecorded', store, orderId, currency, ...disagreement });
