import { AmountOutOfRange, sumMinor } from '../../schemas/money.ts';
import { sumTooLarge } from './ask-clickhouse.ts';
import type { ReportRow } from './report.ts';

/**
 * The sums of the named columns: a row for each currency, or one where the report has none. Throws `range-too-wide`
 * where a sum exceeds what a number says exactly.
 */
export function totalsOf(data: readonly ReportRow[], sums: readonly string[]): readonly ReportRow[] {
  const byCurrency = Map.groupBy(data, (row) => row['currency'] ?? null);
  return [...byCurrency].map(([currency, rows]) => ({
    ...(currency === null ? {} : { currency }),
    ...Object.fromEntries(sums.map((sum) => [sum, total(rows.map((row) => Number(row[sum])))])),
  }));
}

function total(values: readonly number[]): number {
  try {
    return sumMinor(values);
  } catch (error) {
    if (error instanceof AmountOutOfRange) throw sumTooLarge();
    throw error;
  }
}
