/** Numbers, money and time for people. A value that is not known is a dash, never a zero. */
const dash = '–';

const numbers = new Intl.NumberFormat();
const tenths = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const monies = new Map();

export const count = (value) => (value === null || value === undefined ? dash : numbers.format(value));
export const rate = (value) => (value === null ? dash : tenths.format(value));

function moneyOf(currency) {
  const known = monies.get(currency) ?? new Intl.NumberFormat(undefined, { style: 'currency', currency });
  monies.set(currency, known);
  return known;
}

/** Major units of a minor amount, for axes. */
export const major = (minor, currency) =>
  minor / 10 ** moneyOf(currency).resolvedOptions().maximumFractionDigits;

export const money = (minor, currency) =>
  minor === null || minor === undefined ? dash : moneyOf(currency).format(major(minor, currency));

const clock = (timeZone, options) =>
  new Intl.DateTimeFormat(undefined, { timeZone, hourCycle: 'h23', ...options });

/** `14:03:07`, with the date where it is not today, in the store's zone. */
export function instant(text, nowText, timeZone) {
  if (text === null) return dash;
  const day = clock(timeZone, { dateStyle: 'medium' });
  const time = clock(timeZone, { timeStyle: 'medium' }).format(new Date(text));
  const date = day.format(new Date(text));
  return date === day.format(new Date(nowText)) ? time : `${date}, ${time}`;
}

/** A bucket's start as its table names it. */
export const bucketName = (row, bucket) =>
  bucket === 'day' ? row.bucket_local.slice(0, 10) : row.bucket_local.slice(0, 16).replace('T', ' ');

export function ago(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
