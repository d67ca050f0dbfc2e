import { pino } from 'pino';
import { type AuditVerdict, verdictOf } from '../audit/audit-verdict.ts';
import { readOn, readerAtStart } from '../audit/accept-record.ts';
import { type AuditConfig, openAuditSources, recordLive } from '../audit/live-recording.ts';
import { nothingGiven } from '../audit/given.ts';
import type { Event } from '../../schemas/generated/orders-events.ts';
import { type ChaosOptions, type ChaosReport, runChaos } from '../chaos/run-chaos.ts';
import { lostReplies } from '../chaos/scenarios.ts';
import { faultsOf, type MoneyStory, MoneyStoryFold } from './money-story.ts';

export interface LostRepliesReport {
  readonly scenario: 'lost-replies';
  readonly seed: number;
  readonly load: ChaosReport['load'];
  readonly money: MoneyStory;
  readonly audit: AuditVerdict;
  readonly rules: ChaosReport['rules'];
  /** What is wrong, in words; empty if everything holds. */
  readonly faults: readonly string[];
}

/**
 * Orders against a provider that executes and then loses every twentieth reply, fails and limits others, and whose
 * webhooks come twice, in any order or never; then rest, the audit, and the provider's ledger beside our books.
 */
export async function runLostReplies(options: Omit<ChaosOptions, 'scenario'>): Promise<LostRepliesReport> {
  const { seed, load, rules } = await runChaos({ ...options, scenario: lostReplies });
  const money = await readMoneyStory(options.config);
  const audit = verdictOf(rules);
  const violated = rules.filter(({ violations }) => violations > 0).map(({ id }) => id);
  const faults = [
    ...faultsOf(money, options.orders),
    ...(load.refused > 0 ? [`${load.refused} orders were refused by the API`] : []),
    ...(audit === 'pass' ? [] : [`the audit is ${audit}: ${violated.join(', ') || 'not all was checked'}`]),
  ];
  return { scenario: 'lost-replies', seed, load, money, audit, rules, faults };
}

/** Our journal and the provider's ledger, as they stand. */
async function readMoneyStory(config: AuditConfig): Promise<MoneyStory> {
  const sources = await openAuditSources(config, pino({ level: 'silent' }));
  try {
    const recording = recordLive(sources, config, {
      restAtMs: null,
      clientJournals: '',
      given: nothingGiven,
    });
    const fold = new MoneyStoryFold();
    for (let partition = 0; partition < recording.partitions; partition += 1) {
      let reader = readerAtStart;
      for await (const records of recording.journal('orders', partition)) {
        for (const { event } of records) {
          const next = event && readOn(reader, event);
          if (!next) continue;
          reader = next;
          fold.take(event as Event);
        }
      }
    }
    return fold.tell((await recording.ledger()) ?? []);
  } finally {
    await sources.close();
  }
}
