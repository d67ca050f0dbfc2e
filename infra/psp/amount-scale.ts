import type { Money } from '../../schemas/money.ts';

/** Our minor units as the provider counts them: its exponents need not be ISO 4217's (payments §2). */
export interface AmountScale {
  /** Null for an amount the provider cannot take. */
  toProvider(money: Money): number | null;
  /** Null for an amount that is none of ours. `currency` in upper case. */
  fromProvider(amount: number, currency: string): number | null;
}

/** A provider that counts as ISO 4217 does. */
export const isoScale: AmountScale = { toProvider: ({ minor }) => minor, fromProvider: (amount) => amount };
