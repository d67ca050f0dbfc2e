import { Cron } from 'croner';

/**
 * A schedule of five fields (minute, hour, day of the month, month, weekday) on the clocks of an IANA zone. On the day they
 * go forward a time that is left out is due when they have; on the day they go back a time that comes twice is due once.
 */
export interface Schedule {
  /** The latest due times at or before an instant (epoch ms), the oldest first. */
  readonly latest: (atMs: number, count: number) => readonly number[];
  /** The next due times after an instant, the earliest first; fewer where there are no more. */
  readonly next: (atMs: number, count: number) => readonly number[];
}

/** Throws an Error with croner's word where the text is no schedule. */
export function parseSchedule(cron: string, timeZone: string): Schedule {
  const schedule = new Cron(cron, {
    timezone: timeZone,
    mode: '5-part',
    fixedTimeRule: 'no-wildcard', // `0 2,14 * * *` names times too, as Vixie cron has it
  });
  return {
    latest: (atMs, count) =>
      schedule
        .previousRuns(count, new Date(atMs + 1))
        .map((due) => due.getTime())
        .toSorted((a, b) => a - b),
    next: (atMs, count) => schedule.nextRuns(count, new Date(atMs)).map((due) => due.getTime()),
  };
}
