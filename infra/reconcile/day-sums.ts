import type { Payout, SettlementEntry } from '../psp/psp.ts';

/**
 * The settlement lines of a store's day that have one currency and were settled in one, minor units. Gross is in
 * `currency`; settled, fee and net are in `settledCurrency`: never added up together.
 */
export interface DaySum {
  readonly store: string;
  readonly currency: string;
  readonly lines: number;
  readonly grossMinor: number;
  readonly settledCurrency: string;
  /** Gross in the settlement currency: the two together are the rate. */
  readonly settledMinor: number;
  readonly feeMinor: number;
  readonly netMinor: number;
}

/** A payout beside the lines it is made of, minor units of `currency`. */
export interface PayoutSum {
  readonly store: string;
  readonly payoutId: string;
  readonly currency: string;
  readonly amountMinor: number;
  readonly lines: number;
  /** Σ net of its lines. */
  readonly netMinor: number;
}

/** The lines of a day's file by currency and settlement currency, in that order. */
export function sumsOf(store: string, lines: readonly SettlementEntry[]): readonly DaySum[] {
  const sums = new Map<string, DaySum>();
  for (const { gross, settled = gross, feeMinor, netMinor } of lines) {
    const [currency, settledCurrency] = [gross.currency, settled.currency];
    const name = `${currency} ${settledCurrency}`;
    const zero = { lines: 0, grossMinor: 0, settledMinor: 0, feeMinor: 0, netMinor: 0 };
    const sum = sums.get(name) ?? { store, currency, settledCurrency, ...zero };
    sums.set(name, {
      ...sum,
      lines: sum.lines + 1,
      grossMinor: sum.grossMinor + gross.minor,
      settledMinor: sum.settledMinor + settled.minor,
      feeMinor: sum.feeMinor + feeMinor,
      netMinor: sum.netMinor + netMinor,
    });
  }
  return [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

/** The payout with the sum of its lines. */
export const payoutSum = (store: string, { payoutId, amount, lines }: Payout): PayoutSum => ({
  store,
  payoutId,
  currency: amount.currency,
  amountMinor: amount.minor,
  lines: lines.length,
  netMinor: lines.reduce((sum, { netMinor }) => sum + netMinor, 0),
});
