/** Field names under which card data travels, letter case and separators aside (reliability §10). */
const cardFields: ReadonlySet<string> = new Set(['cvv', 'cvc', 'pin', 'pan', 'track1', 'track2']);

/** Fields whose values are long digits by nature: SKUs and times. */
const exemptFields: ReadonlySet<string> = new Set(['sku', 'orderedAt']);

const panDigitsMin = 13;
const panDigitsMax = 19;

/** True if a field is named like card data or a text value holds a card number. Depth of `value` must be bounded. */
export function holdsCardData(value: unknown): boolean {
  if (typeof value === 'string') return holdsCardNumber(value);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsCardData);
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.keys(fields).some(
    (name) => cardFields.has(name.toLowerCase()) || (!exemptFields.has(name) && holdsCardData(fields[name])),
  );
}

/** Nothing that normalisation makes a digit, a separator or a mark of. */
const noDigit = 'x';

/**
 * True if the text, after NFKC, holds 13 to 19 digits that pass the Luhn check, alone or in groups that
 * single separators divide. Groups are taken whole, so an expiry date behind the number does not hide it.
 *
 * Marks are taken out first: they divide digits as any letter does, and to put a run of them in order costs its length
 * squared (a body of nothing else kept a process busy for 370 ms).
 */
export function holdsCardNumber(text: string): boolean {
  if (text.length < panDigitsMin) return false;
  for (const [run] of text
    .replaceAll(/\p{M}+/gu, noDigit)
    .normalize('NFKC')
    .matchAll(/\d+(?:[ ._-]\d+)*/g)) {
    if (run.length >= panDigitsMin && someGroupsAreCard(run.split(/[ ._-]/))) return true;
  }
  return false;
}

/** In time proportional to the digits: a body may be nothing but groups of one. */
function someGroupsAreCard(groups: readonly string[]): boolean {
  const sumOf = luhnSums(groups.join(''));
  let start = 0;
  for (const [from, group] of groups.entries()) {
    let end = start;
    for (let to = from; to < groups.length; to += 1) {
      end += groups[to]?.length ?? 0;
      if (end - start > panDigitsMax) break;
      const sum = end - start < panDigitsMin ? 0 : sumOf(start, end);
      if (sum > 0 && sum % 10 === 0) return true;
    }
    start += group.length;
  }
  return false;
}

/**
 * The Luhn sum of any piece of `digits`, from sums up to each of them: which digits count double hangs on whether the end
 * of the piece is even, so there are two.
 */
function luhnSums(digits: string): (start: number, end: number) => number {
  const sums = [new Uint32Array(digits.length + 1), new Uint32Array(digits.length + 1)] as const;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = digits.charCodeAt(i) - 48;
    const doubled = digit > 4 ? digit * 2 - 9 : digit * 2;
    sums[0][i + 1] = (sums[0][i] ?? 0) + (i % 2 === 0 ? doubled : digit);
    sums[1][i + 1] = (sums[1][i] ?? 0) + (i % 2 === 0 ? digit : doubled);
  }
  return (start, end) => {
    const upTo = sums[end % 2 === 0 ? 0 : 1];
    return (upTo[end] ?? 0) - (upTo[start] ?? 0);
  };
}
