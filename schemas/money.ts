/** An amount in minor units of one currency. Never a float, never two currencies in one sum (DESIGN §5). */
export interface Money {
  readonly minor: number;
  readonly currency: string;
}

/** Thrown where a sum or product leaves ±(2^53 − 1): refused before anything is decided. */
export class AmountOutOfRange extends RangeError {}

const largest = BigInt(Number.MAX_SAFE_INTEGER);

/** The integer a checked computation in BigInt came to. Throws AmountOutOfRange beyond ±(2^53 − 1). */
export function toMinor(value: bigint): number {
  if (value > largest || value < -largest) {
    throw new AmountOutOfRange(`${value} minor units; at most ±${Number.MAX_SAFE_INTEGER}: split the order`);
  }
  return Number(value);
}

/** Σ of minor units: exact, or it throws AmountOutOfRange. */
export const sumMinor = (minors: Iterable<number>): number => {
  const list = Array.isArray(minors) ? (minors as readonly number[]) : [...minors];
  let sum = 0;
  for (let i = 0; i < list.length; i += 1) {
    const minor = list[i] as number;
    sum += minor;
    // two safe integers add up to a safe one exactly, or to what is none
    if (!Number.isSafeInteger(minor) || !Number.isSafeInteger(sum)) return sumInBigInt(list);
  }
  return sum;
};

const sumInBigInt = (minors: readonly number[]): number => {
  let sum = 0n;
  for (const minor of minors) sum += BigInt(minor);
  return toMinor(sum);
};

/** quantity × unit, in BigInt. */
export const timesMinor = (quantity: number, unitMinor: number): number =>
  toMinor(BigInt(quantity) * BigInt(unitMinor));
