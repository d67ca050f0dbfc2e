import {
  type ReportFacts,
  reportFactsEndedValues,
  reportFactsFoundValues,
  type SettlementLine,
  settlementLineKindValues,
} from '../../schemas/generated/orders-commands.ts';

const disputeStatuses: readonly string[] = ['open', 'won', 'lost'];
const refundStatuses: readonly string[] = ['pending', 'done', 'failed'];

/**
 * True if every word of a look-up's answer is one this build knows. An answer of a newer writer says nothing here: it
 * is asked again, never guessed.
 */
export const areKnownFacts = ({ found, ended, disputes, refunds }: ReportFacts): boolean =>
  reportFactsFoundValues.includes(found) &&
  (ended === null || reportFactsEndedValues.includes(ended)) &&
  disputes.every(({ status }) => disputeStatuses.includes(status)) &&
  refunds.every(({ status }) => refundStatuses.includes(status));

export const isKnownLine = ({ kind }: SettlementLine): boolean => settlementLineKindValues.includes(kind);
