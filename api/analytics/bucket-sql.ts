import type { Bucket } from './time-range.ts';

/**
 * The start of the bucket that a time column lies in, as an instant. Days, weeks (from Monday) and months are those of
 * the zone in the parameter `tz`, with 23 to 25 hours where its clocks change; where a day has no midnight it starts
 * with its first instant.
 */
const bucketOf = (column: string, bucket: Bucket): string => starts[bucket](column);

const tz = '{tz:String}';
const starts: Readonly<Record<Bucket, (column: string) => string>> = {
  minute: (column) => `toStartOfInterval(${column}, INTERVAL 1 MINUTE, ${tz})`,
  '5m': (column) => `toStartOfInterval(${column}, INTERVAL 5 MINUTE, ${tz})`,
  '15m': (column) => `toStartOfInterval(${column}, INTERVAL 15 MINUTE, ${tz})`,
  hour: (column) => `toStartOfInterval(${column}, INTERVAL 1 HOUR, ${tz})`,
  day: (column) => `toStartOfDay(${column}, ${tz})`,
  week: (column) => `toDateTime(toStartOfWeek(${column}, 1, ${tz}), ${tz})`,
  month: (column) => `toDateTime(toStartOfMonth(${column}, ${tz}), ${tz})`,
};

/** The same as epoch seconds: two hours of one name, when clocks go back, stay two buckets. 0 where rows are no buckets. */
export const bucketSeconds = (column: string, bucket: Bucket | null): string =>
  bucket === null ? 'toInt64(0)' : `toInt64(toUnixTimestamp(${bucketOf(column, bucket)}))`;

/** Groups by the clocks of `tz`: an hour that comes twice, when clocks go back, counts as one. */
export const clockSql = {
  /** 1 Monday to 7 Sunday. */
  weekday: (column: string): string => `toDayOfWeek(${column}, 0, ${tz})`,
  /** 0 to 23. */
  hour: (column: string): string => `toHour(${column}, ${tz})`,
} as const;
