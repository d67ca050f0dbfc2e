/** A wall-clock time as the file writes it, in no zone yet. `month` is 1 to 12. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Which number comes first in a date like `3/4/2011`; the file as a whole tells (see `slashOrderOf`). */
export type SlashOrder = 'month-first' | 'day-first';

const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.0+)?)?$/;
const slashed = /^(\d{1,2})\/(\d{1,2})\/(\d{4}|\d{2}) (\d{1,2}):(\d{2})(?::(\d{2}))?$/;
const dashed = /^(\d{1,2})-(\d{1,2})-(\d{4}) (\d{1,2}):(\d{2})(?::(\d{2}))?$/;

/**
 * Reads the date formats in which the dataset goes round: `2010-12-01 09:32:00` (also with a T),
 * `12/1/2010 8:26` (month first; day first if the file says so) and `01-12-2010 08:26` (day first).
 * Null if it is none of them, names a time that does not exist, or lies before the year 2000.
 */
export function parseWallTime(text: string, order: SlashOrder): WallTime | null {
  const at = (match: RegExpExecArray, i: number): number => Number(match[i] ?? 0);
  let match = iso.exec(text);
  if (match) return checked(at(match, 1), at(match, 2), at(match, 3), match);
  match = slashed.exec(text);
  if (match) {
    const [month, day] =
      order === 'month-first' ? [at(match, 1), at(match, 2)] : [at(match, 2), at(match, 1)];
    const year = at(match, 3);
    return checked(year < 100 ? 2000 + year : year, month, day, match);
  }
  match = dashed.exec(text);
  return match ? checked(at(match, 3), at(match, 2), at(match, 1), match) : null;
}

/** `day-first` if a date of the file can be read in no other way, else the dataset's own `month-first`. */
export function slashOrderOf(dates: Iterable<string>): SlashOrder {
  for (const text of dates) if (Number(slashed.exec(text)?.[1] ?? 0) > 12) return 'day-first';
  return 'month-first';
}

function checked(year: number, month: number, day: number, match: RegExpExecArray): WallTime | null {
  const wall = {
    year,
    month,
    day,
    hour: Number(match[4]),
    minute: Number(match[5]),
    second: Number(match[6] ?? 0),
  };
  const read = new Date(asIfUtc(wall));
  const exists =
    read.getUTCMonth() + 1 === month && read.getUTCDate() === day && read.getUTCHours() === wall.hour;
  return year >= 2000 && exists && wall.minute < 60 && wall.second < 60 ? wall : null;
}

const asIfUtc = ({ year, month, day, hour, minute, second }: WallTime): number =>
  Date.UTC(year, month - 1, day, hour, minute, second);

const london = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** London's distance from UTC at an instant, in ms: 0 in winter, an hour in summer. */
function offsetAt(instantMs: number): number {
  const parts = new Map(london.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const local = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return local - instantMs;
}

/**
 * The instant of a wall-clock time in Europe/London, RFC 3339 with Z and whole seconds.
 * The hour that comes twice in October is read as its first coming (summer time); the hour that March skips
 * is read with the offset before the jump, so 01:30 is 01:30Z (RFC 5545 §3.3.5 does the same).
 */
export function londonToUtc(wall: WallTime): string {
  const local = asIfUtc(wall);
  const hourMs = 3_600_000;
  const before = offsetAt(local - 3 * hourMs);
  const after = offsetAt(local + 3 * hourMs);
  const first = local - before;
  const instant = before === after || offsetAt(first) === before ? first : local - after;
  // Skipped: neither offset gives this wall time, so the one before the jump stands.
  const stands = offsetAt(instant) === local - instant ? instant : first;
  return new Date(stands).toISOString().replace('.000Z', 'Z');
}
