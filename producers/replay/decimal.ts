/** A decimal number as its text says it: `digits` ÷ 10^`scale`. No float comes near it. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

const pattern = /^([+-]?)(\d{0,24})(?:\.(\d{0,24}))?(?:[eE]([+-]?\d{1,2}))?$/;

/** Reads `2.55`, `-1`, `.5`, `12.0` and `1e-05`; null for anything else, also for a comma or a currency sign. */
export function parseDecimal(text: string): Decimal | null {
  const match = pattern.exec(text);
  if (!match) return null;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return null;
  const digits = BigInt(sign + (whole + fraction));
  const scale = fraction.length - Number(exponent);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

/** The whole number a decimal is (`6.0` is 6), or null if it has a fraction. */
export function wholeOf({ digits, scale }: Decimal): bigint | null {
  const unit = 10n ** BigInt(scale);
  return digits % unit === 0n ? digits / unit : null;
}

export const timesDecimal = (a: Decimal, b: Decimal): Decimal => ({
  digits: a.digits * b.digits,
  scale: a.scale + b.scale,
});

/** round(amount × 100): minor units of a currency with two digits, half away from zero. */
export function roundToMinor({ digits, scale }: Decimal): bigint {
  const unit = 10n ** BigInt(scale);
  const doubled = digits * 200n;
  return (doubled < 0n ? doubled - unit : doubled + unit) / (2n * unit);
}

/** amount × 100 where that is a whole number, else null: a price no minor unit can say. */
export const exactMinor = ({ digits, scale }: Decimal): bigint | null =>
  wholeOf({ digits: digits * 100n, scale });
