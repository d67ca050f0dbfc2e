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
  return Object.entries(value).some(
    ([name, field]) =>
      cardFields.has(name.toLowerCase()) || (!exemptFields.has(name) && holdsCardData(field)),
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

function someGroupsAreCard(groups: readonly string[]): boolean {
  return groups.some((_, from) => {
    let digits = '';
    for (let to = from; to < groups.length && digits.length <= panDigitsMax; to += 1) {
      digits += groups[to] ?? '';
      if (digits.length >= panDigitsMin && digits.length <= panDigitsMax && passesLuhn(digits)) return true;
    }
    return false;
  });
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0 && sum > 0;
}
