import { journalOf } from '../../schemas/topic-catalogue.ts';

/** The journals the ledger is a fold of; each has its own position rows and watermark. */
export const ledgerTopics: readonly string[] = [journalOf('orders'), journalOf('stock')];
