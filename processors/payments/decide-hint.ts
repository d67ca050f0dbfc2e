import type { ProviderHint, SettlementLine } from '../../schemas/generated/orders-commands.ts';
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

/** Kinds are those of every adapter (`Psp.readHint`); one that is not among them is always looked at. */
function isKnown(payment: Payment, { kind, opId }: ProviderHint): boolean {
  switch (kind) {
    case 'authorized':
      return payment.authorizedMinor > 0;
    case 'captured':
      return payment.capturedMinor > 0;
    case 'voided':
      return payment.state === 'Voided';
    case 'lapsed':
      return payment.state === 'Lapsed';
    case 'declined':
      return payment.state === 'Declined';
    case 'refunded':
      return refundOf(payment, opId)?.state === 'Succeeded';
    case 'refund-failed':
      return refundOf(payment, opId)?.state === 'Failed';
    default:
      return false;
  }
}

/** A settled line that says what we know changes nothing; any other is a discrepancy and a reason to look. */
export function decideSettlementLine(money: Money, line: SettlementLine): PaymentDecision {
  const { order, payment } = money;
  if (payment.hintIds?.includes(line.lineId)) return noted({ is: 'ignore', reason: 'known-hint' });
  const ours = bookedMinor(payment, line);
  if (ours === 'any') return noted({ is: 'ignore', reason: 'as-known' });
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

/** What our books say of the line: an amount, nothing (null), or that they keep no such lines ('any'). */
function bookedMinor(payment: Payment, line: SettlementLine): number | null | 'any' {
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
      return 'any';
  }
}
