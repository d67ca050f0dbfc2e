import type { DifferenceSum, ReconciliationResult } from '../../schemas/generated/ops-reconciliations.ts';
import { reconciliationsTopic } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { Log } from '../clients/log.ts';
import type { Difference } from './difference.ts';
import type { Reconciliation, StoreDay } from './run-reconcile.ts';

/** A store's day in counts and sums, as `ops.reconciliations.v1` keeps it. */
export function resultOf(
  { day, atMs }: Pick<Reconciliation, 'day' | 'atMs'>,
  { store, moves, unexplained, unchecked, differences }: StoreDay,
): ReconciliationResult {
  return {
    store,
    atMs,
    body: {
      type: 'DayReconciled',
      day,
      moves,
      unexplained,
      unchecked: unchecked.objects + unchecked.rows,
      differences: sumsOf(differences),
    },
  };
}

/** By class, compared book and currency: never two currencies in one sum. */
function sumsOf(differences: readonly Difference[]): readonly DifferenceSum[] {
  const groups = Map.groupBy(differences, (one) => `${one.class} ${one.where} ${one.currency}`);
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, own]) => {
      const [first] = own;
      if (!first) return [];
      const amountMinor = own.reduce((sum, one) => sum + one.amountMinor, 0);
      return [
        { class: first.class, where: first.where, currency: first.currency, count: own.length, amountMinor },
      ];
    });
}

const appendTries = 10;

/**
 * Keeps each result as the last one of its store and day. To write one twice says the same, so an unknown outcome is
 * simply tried again. Throws if the log does not take it.
 */
export async function keepResults(
  log: Pick<Log, 'append'>,
  codec: TopicCodec<ReconciliationResult>,
  results: readonly ReconciliationResult[],
): Promise<void> {
  for (const result of results) {
    const records = [{ key: `${result.store}/${result.body.day}`, value: codec.encode(result) }];
    for (let tries = 1; ; tries += 1) {
      const [outcome] = await log.append([{ topic: reconciliationsTopic, partition: 0, records }]);
      if (outcome?.is === 'appended') break;
      if (outcome?.is === 'refused' || tries === appendTries) {
        throw new Error(
          `${reconciliationsTopic} did not take the result of ${result.store}: run the deploy step, then this again`,
          { cause: outcome?.error },
        );
      }
    }
  }
}
