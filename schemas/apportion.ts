import { sumMinor, toMinor } from './money.ts';

/**
 * Splits an amount in proportion to weights, by largest remainder, ties to the lower number (domain §6): the shares
 * are whole, add up to the amount, and none is above its weight. Minor units, none negative.
 * Throws a RangeError if the amount is negative or more than all weights together.
 */
export function apportion(amountMinor: number, weightsMinor: readonly number[]): readonly number[] {
  const weightMinor = sumMinor(weightsMinor);
  if (amountMinor < 0 || amountMinor > weightMinor || weightsMinor.some((weight) => weight < 0)) {
    throw new RangeError('an amount is shared out among weights that are not negative and no less than it');
  }
  if (amountMinor === 0) return weightsMinor.map(() => 0);
  const amount = BigInt(amountMinor);
  const all = BigInt(weightMinor);
  const products = weightsMinor.map((weight) => amount * BigInt(weight));
  const shares = weightsMinor.map((weight) => (amount * BigInt(weight)) / all);
  const left = Number(amount - shares.reduce((sum, share) => sum + share, 0n));
  const byRemainder = products
    .map((product, number) => ({ number, remainder: product % all }))
    .sort((a, b) => compare(b.remainder, a.remainder) || a.number - b.number);
  for (const { number } of byRemainder.slice(0, left)) shares[number] = (shares[number] ?? 0n) + 1n;
  return shares.map(toMinor);
}

const compare = (a: bigint, b: bigint): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
