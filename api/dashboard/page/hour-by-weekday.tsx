import type { Report, Row } from './api.ts';
import { major, money } from './format.ts';
import { Scrolled } from './table.tsx';

const hoursOfDay = Array.from({ length: 24 }, (_, hour) => hour);
/** Monday to Sunday, named in the reader's language; 5 January 1970 was a Monday. */
const weekdays = Array.from({ length: 7 }, (_, day) =>
  new Intl.DateTimeFormat(undefined, { weekday: 'short', timeZone: 'UTC' }).format(
    new Date((4 + day) * 86_400_000),
  ),
);
const shades = 5;

const placeOf = (row: Row): string => {
  const local = String(row['bucket_local']);
  const weekday = (new Date(`${local.slice(0, 10)}T00:00:00Z`).getUTCDay() + 6) % 7;
  return `${weekday} ${Number(local.slice(11, 13))}`;
};

/** Gross by hour of the day and weekday, on the clocks of the store's zone; the darker, the more. A table for each currency. */
export const HourByWeekday = ({ answer }: { answer: Report }) =>
  [...Map.groupBy(answer.data, (row) => String(row['currency']))].map(([currency, rows]) => (
    <OneCurrency key={currency} currency={currency} rows={rows} timeZone={answer.meta.tz} />
  ));

function OneCurrency({ currency, rows, timeZone }: { currency: string; rows: Row[]; timeZone: string }) {
  const grossOf = new Map<string, number>();
  for (const row of rows) {
    const place = placeOf(row);
    grossOf.set(place, (grossOf.get(place) ?? 0) + Number(row['gross_minor']));
  }
  const most = Math.max(...grossOf.values(), 1);
  const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
  return (
    <Scrolled label={`Hour by weekday in ${currency}`}>
      <table class="hours">
        <caption>
          Gross in {currency} of the last 30 days by hour, {timeZone}
        </caption>
        <thead>
          <tr>
            <th scope="col">Hour</th>
            {hoursOfDay.map((hour) => (
              <th key={hour} scope="col">
                {hour}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weekdays.map((name, weekday) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {hoursOfDay.map((hour) => {
                const gross = grossOf.get(`${weekday} ${hour}`) ?? 0;
                const text = money(gross, currency);
                return (
                  <td key={hour} class={`shade-${Math.ceil((gross / most) * shades)}`} title={text}>
                    {gross === 0 ? (
                      <span class="hidden">{text}</span>
                    ) : (
                      compact.format(major(gross, currency))
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}
