import { assertNever } from '../../schemas/assert-never.ts';
import type {
  ProviderHint,
  ReportFacts,
  ReportOutcome,
  ResolvePayment,
  SettlementLine,
} from '../../schemas/generated/orders-commands.ts';
import { decideFacts } from './decide-facts.ts';
import { decideHint, decideSettlementLine } from './decide-hint.ts';
import { decideOutcome } from './decide-outcome.ts';
import { decideResolve } from './decide-resolve.ts';
import type { PaidOrder, Payment } from './payment.ts';
import { areKnownFacts, isKnownLine } from './known-words.ts';
import { noted, type PaymentDecision } from './payment-decision.ts';
import { paymentDefaults, type PaymentRules } from './payment-schedule.ts';

/** What speaks of an order's money. */
export type PaymentInput = ReportOutcome | ReportFacts | ProviderHint | SettlementLine | ResolvePayment;

/** Of a newer writer. */
const unknownWord = { is: 'ignore', reason: 'unknown-word' } as const;

/**
 * Decides one input about an order's money (`domain.md` §5). Pure; never throws for what a provider says.
 * `atMs` is the log's clock. A `PaymentResolved` it decides names no command: the order adds its own.
 */
export function decidePayment(
  order: PaidOrder,
  payment: Payment,
  input: PaymentInput,
  atMs: number,
  rules: PaymentRules = paymentDefaults,
): PaymentDecision {
  const money = { order, payment, atMs, rules };
  switch (input.type) {
    case 'ReportOutcome':
      return decideOutcome(money, input);
    case 'ReportFacts':
      return areKnownFacts(input) ? decideFacts(money, input) : noted(unknownWord);
    case 'ProviderHint':
      return decideHint(money, input);
    case 'SettlementLine':
      return isKnownLine(input) ? decideSettlementLine(money, input) : noted(unknownWord);
    case 'ResolvePayment':
      return decideResolve(money, input);
    default:
      return assertNever(input);
  }
}
