// Generated from schemas/avro/ops.reconciliations.v1.avsc by `npm run generate`. Do not edit.

/** Differences of one class, with one of the compared books, in one currency. */
export interface DifferenceSum {
  readonly class: string;
  /** settlement, payout, provider or clickhouse. */
  readonly where: string;
  readonly currency: string;
  readonly count: number;
  /** At risk. */
  readonly amountMinor: number;
}

/** Counts and sums alone: the command names each difference. */
export interface DayReconciled {
  readonly type: 'DayReconciled';
  /** UTC, ISO. */
  readonly day: string;
  /** Of the day, by our books. */
  readonly moves: number;
  /** Differences that are more than a matter of timing. */
  readonly unexplained: number;
  /** Comparisons that could not be made. */
  readonly unchecked: number;
  readonly differences: readonly DifferenceSum[];
}

export type ReconciliationResultBody =
  | DayReconciled;

/** What the last reconciliation of a store's day came to; the newest of a record key (`store/day`) counts. */
export interface ReconciliationResult<B = ReconciliationResultBody> {
  readonly store: string;
  /** When it was begun, by the clock of whoever ran it. */
  readonly atMs: number;
  readonly body: B;
}

export const reconciliationresultBodyTypes = [
  'DayReconciled',
] as const;
