import { assertNever } from '../../schemas/assert-never.ts';
import type { DisputeFact, ReportFacts } from '../../schemas/generated/orders-commands.ts';
import {
  type PaymentResult,
  type PaymentRule,
  paymentTransitions,
  type Sight,
} from '../../schemas/payment-transitions.ts';
import { isKept, refusalOf } from './doubt.ts';
import { decideRefundFact } from './decide-refund.ts';
import type { Payment, PaymentEvent, PaymentOp } from './payment.ts';
import {
  askProvider,
  decided,
  disagree,
  latestOp,
  type Money,
  needPerson,
  noted,
  type PaymentDecision,
  type PaymentNote,
  placeOf,
} from './payment-decision.ts';
import { isKeyTooOld } from './payment-schedule.ts';
import { requestAgain } from './request-payment.ts';
import { seeAuthorized, seeCaptured } from './see-money.ts';

const unchanged = { is: 'ignore', reason: 'as-known' } as const;

/**
 * Decides what a look-up shows: of the payment, of each refund, of disputes. An answer older than the newest reply is
 * void. What is seen twice to differ is a person's.
 */
export function decideFacts(money: Money, facts: ReportFacts): PaymentDecision {
  const { payment } = money;
  const { lookUp } = payment;
  if (!lookUp || facts.n > lookUp.n) return noted({ is: 'refuse', reason: 'stale-intent' });
  if (facts.n < lookUp.n) return noted({ is: 'ignore', reason: 'older-look-up' });
  // state kept; a look-up that is due is asked again by the plan, any other one by the worker
  if (facts.found === 'unavailable') return noted({ is: 'ignore', reason: 'unavailable' });
  if (lookUp.stale) {
    return lookUp.hinted || isInDoubt(payment)
      ? decided([askProvider(money, latestOp(money), 'answer-void')])
      : noted({ is: 'ignore', reason: 'answer-void' });
  }
  const seen = [decideSight(money, facts), ...refundsSeen(money, facts, lookUp.askedAtMs)];
  return merge(seen, disputesSeen(money, facts));
}

const isInDoubt = ({ doubt, refunds }: Payment): boolean =>
  doubt !== null || (refunds ?? []).some((refund) => refund.doubt !== null);

/** One decision of many about one look-up; the money itself has the say about the result. */
function merge(
  seen: readonly (PaymentDecision | null)[],
  disputes: readonly PaymentEvent[],
): PaymentDecision {
  const made = seen.filter((each) => each !== null);
  const events = oneLookUp([...made.flatMap((each) => each.events), ...disputes]);
  const disputed: PaymentResult | null = disputes.length > 0 ? 'Disputed' : null;
  const result = made.find((each) => each.result !== null)?.result ?? disputed;
  const alarm = made.find(({ note }) => note !== null && note.is !== 'ignore' && note.is !== 'repeat')?.note;
  const silent: PaymentNote | null = events.length > 0 ? null : (made[0]?.note ?? unchanged);
  return decided(events, result, alarm ?? silent);
}

/** However many reasons there are to look again: one look-up answers them all, and it is asked last. */
function oneLookUp(events: readonly PaymentEvent[]): readonly PaymentEvent[] {
  const first = events.find(({ type }) => type === 'LookUpRequested');
  return first ? [...events.filter(({ type }) => type !== 'LookUpRequested'), first] : events;
}

/** The column of the table, or null while the provider shows neither money nor an end. */
function sightOf(facts: ReportFacts): Sight | null {
  if (facts.found === 'not-found') return 'not_found';
  if ((facts.capturedMinor ?? 0) > 0) return 'captured';
  if (facts.ended !== null) return 'ended';
  return (facts.authorizedMinor ?? 0) > 0 ? 'authorized' : null;
}

function decideSight(money: Money, facts: ReportFacts): PaymentDecision {
  const { payment } = money;
  const sight = sightOf(facts);
  if (sight === null) return stillOpen(money);
  const cell = paymentTransitions[payment.state][sight];
  return cell.is === 'rule' ? decideRule(cell.rule, money, facts, sight) : noted(cell);
}

/**
 * Neither money nor an end: the provider waits, for the customer or for us. What is given up has not reached it, and
 * is sent again.
 */
function stillOpen(money: Money): PaymentDecision {
  const { payment } = money;
  const op = payment.ops.at(-1);
  return payment.state === 'VoidUnknown' && op
    ? sendAgain(money, op)
    : noted({ is: 'ignore', reason: 'still-waiting' });
}

function decideRule(rule: PaymentRule, money: Money, facts: ReportFacts, sight: Sight): PaymentDecision {
  const { payment } = money;
  switch (rule) {
    case 'see-authorized':
      return differs(money, facts, facts.authorizedMinor, 'authorize') ?? authorized(money, facts);
    case 'see-captured':
      return differs(money, facts, facts.capturedMinor, 'capture') ?? captured(money, facts);
    case 'see-ended':
      return ended(money, facts);
    case 'capture-not-seen':
      return captureNotSeen(money, facts);
    case 'void-not-seen':
      return voidNotSeen(money, facts);
    case 'not-found-authorize':
    case 'not-found-capture':
    case 'not-found-void':
      return isQuiet(money) ? notFound(money) : noted({ is: 'ignore', reason: 'not-found-too-early' });
    case 'discrepancy':
      return disagree(money, {
        opId: null,
        class: 'state',
        ours: payment.state,
        theirs: sight === 'ended' ? `${facts.ended}` : sight,
        amountMinor: facts.capturedMinor || facts.authorizedMinor || payment.authorizedMinor,
      });
    case 'authorized':
    case 'captured':
    case 'voided':
    case 'declined':
    case 'became-unknown':
    case 'pending':
    case 'action':
    case 'keep-refusal':
    case 'resend':
    case 'same-answer':
    case 'late-ok':
    case 'ask':
    case 'time':
      throw new Error(`${rule} decides no look-up (${payment.state} × ${sight})`);
    default:
      return assertNever(rule);
  }
}

/** Amount and currency of what is seen must be ours. */
function differs(
  money: Money,
  facts: ReportFacts,
  seenMinor: number | null,
  kind: 'authorize' | 'capture',
): PaymentDecision | null {
  const { order, payment } = money;
  const op = opOf(payment, kind);
  const ourMinor = payment.state === 'Captured' ? payment.capturedMinor : (op?.amountMinor ?? null);
  if (seenMinor === ourMinor && facts.currency === order.currency) return null;
  return disagree(money, {
    opId: op?.opId ?? null,
    class: facts.currency === order.currency ? 'amount' : 'currency',
    ours: `${ourMinor} ${order.currency}`,
    theirs: `${seenMinor} ${facts.currency}`,
    amountMinor: seenMinor ?? 0,
  });
}

/** The latest operation of the kind; what was captured without being asked belongs to the authorization. */
const opOf = ({ ops }: Payment, kind: PaymentOp['kind']): PaymentOp | undefined =>
  ops.findLast((op) => op.kind === kind) ?? ops.findLast((op) => op.kind === 'authorize');

const seenOf = ({ pspRef, captureBeforeMs }: ReportFacts) => ({ pspRef: pspRef ?? '', captureBeforeMs });

function authorized(money: Money, facts: ReportFacts): PaymentDecision {
  const op = opOf(money.payment, 'authorize');
  return op ? seeAuthorized(money, op, seenOf(facts)) : noted(unchanged);
}

function captured(money: Money, facts: ReportFacts): PaymentDecision {
  const op = opOf(money.payment, 'capture');
  return op && money.payment.state !== 'Captured' ? seeCaptured(money, op, seenOf(facts)) : noted(unchanged);
}

function ended(money: Money, facts: ReportFacts): PaymentDecision {
  const { order, payment } = money;
  const op = payment.ops.at(-1);
  if (!op || facts.ended === null) return noted(unchanged);
  const place = placeOf(order, op);
  switch (facts.ended) {
    case 'voided': {
      const { amountMinor, currency } = op;
      const event = { type: 'PaymentVoided', ...place, amountMinor, currency, pspRef: facts.pspRef } as const;
      return decided([event], 'Voided');
    }
    case 'lapsed':
      return decided([{ type: 'PaymentLapsed', ...place, reason: 'lapsed-at-provider' }], 'Lapsed');
    case 'declined': {
      const code = 'declined-at-provider';
      return decided([{ type: 'PaymentDeclined', ...place, code, next: 'other-method' }], 'Declined');
    }
    default:
      return assertNever(facts.ended);
  }
}

/** The provider holds the reservation and took nothing. What it refused has failed; what got lost is sent again. */
function captureNotSeen(money: Money, facts: ReportFacts): PaymentDecision {
  const { order, payment } = money;
  const op = payment.ops.at(-1);
  if (!op || payment.doubt === null) return noted({ is: 'ignore', reason: 'in-flight' });
  const mismatch = differs(money, facts, facts.authorizedMinor, 'authorize');
  if (mismatch) return mismatch;
  const code = refusalOf(payment.doubt);
  if (code !== null) {
    return decided([{ type: 'PaymentCaptureFailed', ...placeOf(order, op), code }], 'CaptureFailed');
  }
  return sendAgain(money, op);
}

function voidNotSeen(money: Money, facts: ReportFacts): PaymentDecision {
  const { payment } = money;
  const op = payment.ops.at(-1);
  // what nobody knew to exist does: it is remembered, and the void sent again
  if (payment.authorizedMinor === 0) return authorized(money, facts);
  if (!op || payment.doubt === null) return noted({ is: 'ignore', reason: 'in-flight' });
  return sendAgain(money, op);
}

/** The look-up has shown that nothing happened: the same key again, or a new one where the old one keeps an error. */
function sendAgain(money: Money, op: PaymentOp): PaymentDecision {
  const { order, payment, atMs, rules } = money;
  const { doubt } = payment;
  if (doubt && isKept(doubt)) {
    return decided([requestAgain(order, op.kind, { ...op, attempt: op.attempt + 1 }, op.pspRef)]);
  }
  if (!isKeyTooOld(op.askedAtMs, atMs, rules)) return decided([requestAgain(order, op.kind, op, op.pspRef)]);
  return doubt?.person
    ? noted({ is: 'ignore', reason: 'waits-for-person' })
    : decided([needPerson(money, op, 'key-too-old')]);
}

/** Absence counts only if it was looked for long enough after the newest send and reply, in a place that would show it. */
function isQuiet({ payment, rules }: Money): boolean {
  const { lookUp, doubt, pspRef } = payment;
  const op = payment.ops.at(-1);
  if (!lookUp || !op || doubt === null || (pspRef === null && !rules.findsByOpId)) return false;
  return lookUp.askedAtMs - Math.max(op.sentAtMs, doubt.repliedAtMs) >= rules.quietMs;
}

function notFound(money: Money): PaymentDecision {
  const { order, payment, atMs, rules } = money;
  const op = payment.ops.at(-1);
  if (!op) return noted(unchanged);
  const place = placeOf(order, op);
  switch (op.kind) {
    case 'authorize':
      if (payment.doubt && !isKept(payment.doubt) && isKeyTooOld(op.askedAtMs, atMs, rules)) {
        return decided([{ type: 'PaymentLapsed', ...place, reason: 'never-authorized' }], 'Lapsed');
      }
      return sendAgain(money, op);
    case 'capture':
      return payment.doubt?.person
        ? noted({ is: 'ignore', reason: 'waits-for-person' })
        : decided([needPerson(money, op, 'not-found')]);
    case 'void': {
      const authorize = payment.ops.findLast(({ kind }) => kind === 'authorize');
      const isOver =
        payment.authorizedMinor === 0 && authorize && isKeyTooOld(authorize.askedAtMs, atMs, rules);
      if (!isOver) return noted({ is: 'ignore', reason: 'not-found' });
      const { amountMinor, currency, pspRef } = op;
      return decided([{ type: 'PaymentVoided', ...place, amountMinor, currency, pspRef }], 'Voided');
    }
    case 'refund':
      throw new Error(`${op.opId}: a refund has a table of its own`);
    default:
      return assertNever(op.kind);
  }
}

function refundsSeen(money: Money, facts: ReportFacts, askedAtMs: number): readonly PaymentDecision[] {
  if (facts.found !== 'found') return [];
  const ours = money.payment.refunds ?? [];
  const decisions = ours.map((refund) => {
    const fact = facts.refunds.find(({ opId }) => opId === refund.opId) ?? null;
    return decideRefundFact(money, refund, fact, askedAtMs);
  });
  const orphans = facts.refunds
    .filter(({ opId, status }) => status !== 'failed' && !ours.some((refund) => refund.opId === opId))
    .map(({ opId, amountMinor, status }) =>
      disagree(money, {
        opId,
        class: 'orphan',
        ours: 'no refund',
        theirs: `refund ${status} ${amountMinor}`,
        amountMinor,
      }),
    );
  return [...decisions, ...orphans].filter((decision) => decision !== null);
}

function disputesSeen({ order, payment }: Money, facts: ReportFacts): readonly PaymentEvent[] {
  return facts.disputes
    .filter((fact) => isNews(payment, fact))
    .map(({ id, status, amountMinor }) => ({
      type: 'DisputeRecorded',
      store: order.store,
      orderId: order.orderId,
      disputeId: id,
      as: status,
      amountMinor,
      currency: order.currency,
      pspRef: facts.pspRef,
    }));
}

/** A dispute is opened once and decided once; what is decided stays so. */
function isNews({ disputes }: Payment, { id, status }: DisputeFact): boolean {
  const known = disputes?.find(({ disputeId }) => disputeId === id);
  return !known || (known.as === 'open' && status !== 'open');
}
