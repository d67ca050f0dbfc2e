import { assertNever } from '../../schemas/assert-never.ts';
import type { ProviderHint, SettlementLine } from '../../schemas/generated/orders-commands.ts';
import type { RefundState } from '../../schemas/refund-transitions.ts';
import { refundOf } from './refund.ts';
import type { Payment } from './payment.ts';
import {
  askProvider,
  decided,
  discrepancyOf,
  latestOp,
  type Money,
  noted,
  type OpName,
  type PaymentDecision,
} from './payment-decision.ts';
import type { Doubt } from './doubt.ts';

type Subject = OpName & { readonly doubt: Doubt | null };

/**
 * A provider has news: a reason to look, never a fact. So its order, age and repetition cannot hurt; what is known by
 * now, and an event that caused a look-up before, save the call.
 */
export function decideHint(money: Money, hint: ProviderHint): PaymentDecision {
  const { payment } = money;
  if (payment.hintIds?.includes(hint.eventId)) return noted({ is: 'ignore', reason: 'known-hint' });
  if (isKnown(payment, hint)) return noted({ is: 'ignore', reason: 'as-known' });
  return decided([askProvider(money, subjectOf(money, hint.opId), hint.kind, hint.eventId)]);
}

const subjectOf = (money: Money, opId: string | null): Subject =>
  refundOf(money.payment, opId) ?? latestOp(money);

/** Kinds are the provider's own words (`infra/psp`); one that is not among them is always looked at. */
function isKnown(payment: Payment, { kind, opId }: ProviderHint): boolean {
  const { state, doubt } = payment;
  const refunds = payment.refunds ?? [];
  switch (kind) {
    case 'payment_intent.amount_capturable_updated':
    case 'charge.succeeded':
      return payment.authorizedMinor > 0;
    case 'payment_intent.succeeded':
    case 'charge.captured':
      return payment.capturedMinor > 0;
    case 'payment_intent.canceled':
      return state === 'Voided' || state === 'Lapsed';
    case 'charge.expired':
      return state === 'Lapsed';
    case 'payment_intent.payment_failed':
    case 'charge.failed':
      return state === 'Declined';
    case 'payment_intent.requires_action':
      return state === 'ActionRequired';
    case 'payment_intent.processing':
      return doubt?.cause === 'pending';
    // they were made; an update may say that one has failed after it had succeeded
    case 'refund.created':
    case 'charge.refunded':
      return refunds.length > 0 && refunds.every((each) => isToldOf(each.state));
    case 'refund.failed':
      return refundOf(payment, opId)?.state === 'Failed';
    case 'charge.dispute.funds_withdrawn':
      return payment.disputes !== null;
    default:
      return false;
  }
}

const isToldOf = (state: RefundState): boolean => state !== 'Requested' && state !== 'RefundUnknown';

/** A settled line that says what we know changes nothing; any other is a discrepancy and a reason to look. */
export function decideSettlementLine(money: Money, line: SettlementLine): PaymentDecision {
  const { order, payment } = money;
  if (payment.hintIds?.includes(line.lineId)) return noted({ is: 'ignore', reason: 'known-hint' });
  const ours = bookedMinor(payment, line);
  if (ours === 'not-booked') return noted({ is: 'ignore', reason: 'as-known' });
  const isSame = ours === Math.abs(line.grossMinor) && line.currency === order.currency;
  if (isSame) return noted({ is: 'ignore', reason: 'as-known' });
  const subject = subjectOf(money, line.opId);
  const disagreement = {
    opId: subject.opId,
    class: classOf(ours, line, order.currency),
    ours: ours === null ? `no ${line.kind}` : `${line.kind} ${ours} ${order.currency}`,
    theirs: `${line.kind} ${line.grossMinor} ${line.currency}`,
    amountMinor: Math.abs(line.grossMinor),
  } as const;
  return decided([
    discrepancyOf(order, disagreement),
    askProvider(money, subject, `settled-${line.kind}`, line.lineId),
  ]);
}

function classOf(ours: number | null, { currency }: SettlementLine, ourCurrency: string) {
  if (ours === null) return 'missing-here';
  return currency === ourCurrency ? 'amount' : 'currency';
}

/** What our books say of the line: an amount, nothing (null), or that they keep no such lines ('not-booked'). */
function bookedMinor(payment: Payment, line: SettlementLine): number | null | 'not-booked' {
  switch (line.kind) {
    case 'charge':
      return payment.state === 'Captured' ? payment.capturedMinor : null;
    case 'refund': {
      const refund = refundOf(payment, line.opId);
      return refund?.state === 'Succeeded' ? refund.amountMinor : null;
    }
    case 'dispute':
      return payment.disputes?.find(({ amountMinor }) => amountMinor === Math.abs(line.grossMinor))
        ? Math.abs(line.grossMinor)
        : null;
    case 'fee':
    case 'adjustment':
      return 'not-booked';
    default:
      return assertNever(line.kind);
  }
}
