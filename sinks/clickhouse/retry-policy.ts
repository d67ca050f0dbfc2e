import { ClickHouseError } from '@clickhouse/client';
import { LedgerDamaged } from './insert-block.ts';

/**
 * Errors that sending again cannot mend: the statement, the schema, the credentials or our own data are wrong.
 * Codes: ClickHouse `src/Common/ErrorCodes.cpp`. All others, a broken connection and a time-out too, leave the outcome
 * open or pass: the same block is sent again (the waiting is the journal consumer's).
 */
const hopeless = new Set(
  '6 16 26 27 33 36 38 42 43 44 46 47 48 50 53 60 62 69 70 73 81 115 117 164 192 193 194 349 456 457 497 516'.split(
    ' ',
  ),
);

/** True where the same statement may come through later. Anything that is no answer of ClickHouse's counts as an outage. */
export function mayPass(error: unknown): boolean {
  if (error instanceof ClickHouseError) return !hopeless.has(error.code);
  // Ours, thrown on purpose: damaged tables, values that do not fit, a rule of a newer build, a bug.
  return !(error instanceof LedgerDamaged || error instanceof RangeError || error instanceof TypeError);
}
