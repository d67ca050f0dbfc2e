/**
 * What an audit may be given beside what it reads. Null = not given: the rule that needs it says that it checked
 * nothing, which is neither a pass nor a violation.
 */
export interface Given {
  /** What the workload declares of its own run (I-19). */
  readonly expectation: Expectation | null;
  /** What must have been reached, and what was (I-24). */
  readonly coverage: Coverage | null;
  /** A dump of Redis taken before it was wiped and rebuilt (I-15): the digest of each key's value. */
  readonly rebuildOf: ReadonlyMap<string, string> | null;
  /** Analytics answers recorded while the run went on, and the same questions at its end (I-17). */
  readonly answers: readonly AskedAgain[] | null;
  /** What to look for in text (I-22). */
  readonly secrets: Secrets | null;
}

export const nothingGiven: Given = {
  expectation: null,
  coverage: null,
  rebuildOf: null,
  answers: null,
  secrets: null,
};

/** Where an order can end. */
export type OrderEnd = 'Confirmed' | 'Rejected' | 'Declined' | 'Expired' | 'Cancelled';

export interface Expectation {
  /** True if faults were planted: then expiry, 5xx, quarantine and anomalies are no violation. */
  readonly faults: boolean;
  /** Share of all placed orders that ends so, both bounds included, 0 to 1: as the workload was modelled. */
  readonly ends: Readonly<Partial<Record<OrderEnd, readonly [atLeast: number, atMost: number]>>>;
}

export interface Coverage {
  /**
   * Least number of times of each name. Beside the caller's own names there are the auditor's: `step <state> <step>` for
   * a cell of the path tables, `end <end>`, `reason <event>/<reason>`, `rule <id>`.
   */
  readonly declared: Readonly<Record<string, number>>;
  /** The caller's counters: faults, crash points, `sometimes`. */
  readonly reached: Readonly<Record<string, number>>;
}

/** One question to analytics, answered while the run went on and again at its end. */
export interface AskedAgain {
  /** Path and query, for people. */
  readonly question: string;
  readonly before: AnalyticsAnswer;
  readonly after: AnalyticsAnswer;
}
export interface AnalyticsAnswer {
  /** Epoch ms; null where the answer promises nothing. */
  readonly completeUntilMs: number | null;
  readonly rows: readonly AnalyticsRow[];
}
export interface AnalyticsRow {
  /** The bucket, epoch ms, `toMs` not included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Columns that tell rows of one bucket apart, as text. */
  readonly group: string;
  /** All other columns, as text. */
  readonly values: string;
}

export interface Secrets {
  /** Planted texts and configured secrets: none may be found anywhere. */
  readonly canaries: readonly string[];
  /** Texts beside records and keys: topics that no rule reads, logs, files. `where` names the place for a person. */
  texts(): AsyncIterable<ScannedText> | Iterable<ScannedText>;
}
export interface ScannedText {
  readonly where: string;
  readonly text: string;
  /** False for bytes that may be anything: only canaries and key patterns are looked for. */
  readonly isText: boolean;
}
