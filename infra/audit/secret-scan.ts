/** What a text holds that it must not, in words; null if nothing. */
export type SecretScan = (text: string, isText: boolean) => string | null;

/** An API key as `schemas/api-key.ts` makes them; without a look at the checksum, for a mistyped one is none to print. */
const keyPattern = 'mr_(?:live|test)_[0-9a-f]{16}_[A-Za-z0-9_-]{49}';

/** 13 to 19 digits that stand alone, plain or in the groups in which cards are written. */
const numbers =
  /(?<![\w.+/=-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{5})(?![\w+/=-]|\.\d)/g;

/** Times since 1970 in ms, µs and ns begin so until the year 2033; no card does. */
const timePattern = /^1[5-9]\d{11}(?:\d{3}(?:\d{3})?)?$/;

/** A scan for these canaries, for API keys, and in what is text for Luhn-valid numbers. */
export function createSecretScan(canaries: readonly string[]): SecretScan {
  const words = canaries.filter((canary) => canary !== '').map(escaped);
  const planted = new RegExp([keyPattern, ...words].join('|'));
  return (text, isText) => {
    if (planted.test(text)) return 'a key or a planted secret';
    if (!isText || text.length < 13) return null;
    for (const [number] of text.matchAll(numbers)) {
      const digits = number.replace(/\D/g, '');
      if (!timePattern.test(digits) && isLuhn(digits)) return `the card number ${digits.slice(0, 4)}…`;
    }
    return null;
  };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const twice = digit * 2;
    sum += i % 2 === 0 ? digit : twice > 9 ? twice - 9 : twice;
  }
  return sum % 10 === 0;
}
