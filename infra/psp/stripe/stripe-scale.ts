import { currencyExponent, isCurrency } from '../../../schemas/currencies.ts';
import type { AmountScale } from '../amount-scale.ts';

/** Stripe counts these in whole units, whatever ISO 4217 says (docs.stripe.com/currencies, zero-decimal). */
const wholeUnits = 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'
  .split(' ')
  .map((code) => [code, 0] as const);

/** Whole units to everybody else, hundredths to Stripe; the last two digits are 0 (same page, special cases). */
const hundredths = ['ISK', 'UGX'].map((code) => [code, 2] as const);

/** Three decimals, of which the last digit is 0 (same page, three-decimal). */
const thousandths = ['BHD', 'JOD', 'KWD', 'OMR', 'TND'].map((code) => [code, 3] as const);

const exponents: ReadonlyMap<string, number> = new Map([...wholeUnits, ...hundredths, ...thousandths]);

/** ISO 4217 knows them, Stripe takes no payment in them. */
const notTaken: ReadonlySet<string> = new Set([
  'CLF',
  'UYI',
  'UYW',
  'IQD',
  'LYD',
  'KPW',
  'IRR',
  'SYP',
  'CUP',
]);

/** An amount has at most eight digits (docs.stripe.com/api/payment_intents/create, amount). */
const amountMax = 99_999_999;

function exponentOf(currency: string): number | null {
  if (!isCurrency(currency) || notTaken.has(currency)) return null;
  return exponents.get(currency) ?? (currencyExponent(currency) === 2 ? 2 : null);
}

/** 10 to the difference of Stripe's exponent and ours; negative: ours has more digits. */
function shiftOf(currency: string): { readonly factor: bigint; readonly isUp: boolean } | null {
  const theirs = exponentOf(currency);
  if (theirs === null) return null;
  const difference = theirs - currencyExponent(currency);
  return { factor: 10n ** BigInt(Math.abs(difference)), isUp: difference >= 0 };
}

/** Our minor units in Stripe's; null for a total Stripe cannot take, which the quote refuses (payments §2). */
export const stripeScale: AmountScale = {
  toProvider({ minor, currency }) {
    const shift = shiftOf(currency);
    if (!shift || !Number.isSafeInteger(minor)) return null;
    const ours = BigInt(minor);
    if (!shift.isUp && ours % shift.factor !== 0n) return null;
    const amount = Number(shift.isUp ? ours * shift.factor : ours / shift.factor);
    if (exponentOf(currency) === 3 && amount % 10 !== 0) return null;
    return amount >= 0 && amount <= amountMax ? amount : null;
  },
  fromProvider(amount, currency) {
    const shift = shiftOf(currency);
    if (!shift || !Number.isSafeInteger(amount)) return null;
    const theirs = BigInt(amount);
    if (shift.isUp && theirs % shift.factor !== 0n) return null;
    const minor = Number(shift.isUp ? theirs / shift.factor : theirs * shift.factor);
    return Number.isSafeInteger(minor) ? minor : null;
  },
};
