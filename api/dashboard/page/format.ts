/** Numbers, money and time for people. A value that is not known is a dash, never a zero. */
export const dash = '–';

type Known = number | string | boolean | null | undefined;

const numbers = new Intl.NumberFormat();
const tenths = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const monies = new Map<string, Intl.NumberFormat>();

export const count = (value: Known): string => (typeof value === 'number' ? numbers.format(value) : dash);
export const rate = (value: number | null): string => (value === null ? dash : tenths.format(value));

/** Digits after the point of each currency that has not 2. */
let exponents: Readonly<Record<string, number>> = {};

/** Learns from a session how many digits minor units have: `Intl` knows those of cash, LBP 0 where ISO 4217 counts 2. */
export function learnExponents(told: Readonly<Record<string, number>>): void {
  exponents = told;
  monies.clear();
}

const digitsOf = (currency: string): number => exponents[currency] ?? 2;

function moneyOf(currency: string): Intl.NumberFormat {
  const digits = digitsOf(currency);
  const known =
    monies.get(currency) ??
    new Intl.NumberFormat(undefined, {
      style: 'currency',
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  monies.set(currency, known);
  return known;
}

/** An amount as exact decimal text: 1234 of GBP is `12.34`. */
function decimalOf(minor: number, currency: string): `${number}` {
  const digits = digitsOf(currency);
  const whole = String(Math.abs(minor)).padStart(digits + 1, '0');
  const cut = whole.length - digits;
  const sign = minor < 0 ? '-' : '';
  return `${sign}${whole.slice(0, cut)}${digits > 0 ? `.${whole.slice(cut)}` : ''}` as `${number}`;
}

/** Major units of a minor amount, for the place of a mark on an axis alone. */
export const major = (minor: Known, currency: string): number => Number(decimalOf(Number(minor), currency));

export const money = (minor: Known, currency: string): string =>
  typeof minor === 'number' ? moneyOf(currency).format(decimalOf(minor, currency)) : dash;

const clock = (timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(undefined, { timeZone, hourCycle: 'h23', ...options });

/** `14:03:07`, with the date where it is not that of `nowMs`, in the store's zone. */
export function instant(text: string | null | undefined, nowMs: number, timeZone: string): string {
  if (text === null || text === undefined) return dash;
  const day = clock(timeZone, { dateStyle: 'medium' });
  const time = clock(timeZone, { timeStyle: 'medium' }).format(new Date(text));
  const date = day.format(new Date(text));
  return date === day.format(new Date(nowMs)) ? time : `${date}, ${time}`;
}

/** A bucket's start as its table names it. */
export const bucketName = (local: Known, bucket: string): string =>
  bucket === 'day' ? String(local).slice(0, 10) : String(local).slice(0, 16).replace('T', ' ');

/** An age: `42 s`, `12 min`, `3 h`, `4 d`. */
export function ago(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 4 * 86_400 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
