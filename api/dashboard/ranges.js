const minuteS = 60;
const dayS = 86_400;

/** What the page can show at once: how far back, and in which buckets. `stepS` is null where steps differ in length. */
export const ranges = {
  hour: { label: 'the last hour', bucket: 'minute', stepS: minuteS, lengthS: 3600, everyMs: 3_000 },
  day: { label: 'the last 24 hours', bucket: '15m', stepS: 15 * minuteS, lengthS: dayS, everyMs: 5_000 },
  week: { label: 'the last 7 days', bucket: 'hour', stepS: 3600, lengthS: 7 * dayS, everyMs: 15_000 },
  month: { label: 'the last 30 days', bucket: 'day', stepS: null, lengthS: 30 * dayS, everyMs: 30_000 },
};

/** Where the range begins: a whole step before now, or a date of the store's. */
export function fromOf({ stepS, lengthS }, nowMs, timeZone) {
  const atS = Math.floor(nowMs / 1000) - lengthS;
  if (stepS !== null) return new Date((Math.floor(atS / stepS) + 1) * stepS * 1000).toISOString();
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(new Date(atS * 1000));
}

/** The place of a row on the time axis, epoch seconds; days stand at their own date, whatever their length. */
const placeOf = (row, { stepS }) =>
  stepS === null
    ? Date.parse(`${row.bucket_local.slice(0, 10)}T00:00:00Z`) / 1000
    : Date.parse(row.bucket) / 1000;

/**
 * Every bucket of the range with its row or null. A bucket without a row is an empty one where it is complete; after
 * `complete_until` nobody knows yet: those end the axis.
 */
export function gridOf(rows, range, meta) {
  const step = range.stepS ?? dayS;
  const placed = new Map(rows.map((row) => [placeOf(row, range), row]));
  const anyPlace = placed.keys().next().value ?? 0;
  const first = alignUp(
    range.stepS === null ? localPlace(meta.from, meta.tz) : Date.parse(meta.from) / 1000,
    step,
    anyPlace,
  );
  const known = meta.complete_until === null ? 0 : placeOfInstant(meta.complete_until, range, meta.tz);
  const last = Math.max(known, ...placed.keys());
  const grid = [];
  for (let at = first; at <= last && grid.length < 2_000; at += step)
    grid.push({ at, row: placed.get(at) ?? null });
  return grid;
}

const alignUp = (at, step, anyPlace) => at + ((((anyPlace - at) % step) + step) % step);
const placeOfInstant = (text, { stepS }, tz) =>
  stepS === null ? localPlace(text, tz) : Math.floor(Date.parse(text) / 1000 / stepS) * stepS;
const localPlace = (text, timeZone) =>
  Date.parse(
    `${new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(new Date(text))}T00:00:00Z`,
  ) / 1000;
