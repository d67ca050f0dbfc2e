import { salesByMinute } from '../../schemas/clickhouse-columns.ts';
import { isFollowed } from './is-followed.ts';

const keys = salesByMinute.keys.join(', ');
const ofView = salesByMinute.sums.map((sum) => `-sum(${sum}) AS ${sum}`).join(', ');
const differs = salesByMinute.sums.map((sum) => `${sum} != 0`).join(' OR ');
const total = salesByMinute.sums.map((sum) => `sum(d.${sum}) AS ${sum}`).join(', ');

/**
 * Compared as DateTime64, which `at` is: below a DateTime the engine (26.7) prunes parts as if it were at most the second
 * before, so a part whose only sale lies in the last second of its minute would be missing from the base.
 */
const inMinutes = `at >= fromUnixTimestamp64Milli(toInt64({from_s:UInt32}) * 1000)
        AND at < fromUnixTimestamp64Milli((toInt64({to_s:UInt32}) + 60) * 1000)`;

/**
 * SELECT, in order, of base less view for the minutes `from_s` to `to_s` (epoch seconds) of one journal partition, without the
 * keys that agree. A view row is missing where the insert failed behind its base and the token was forgotten since.
 */
export const differencesOfSales = `SELECT ${keys}, ${total} FROM (
    SELECT store, toStartOfMinute(at) AS minute, assumeNotNull(currency) AS currency, partition,
      toInt64(count()) AS orders, toInt64(sum(assumeNotNull(units))) AS units,
      sum(assumeNotNull(total_minor)) AS gross_minor, sum(assumeNotNull(discount_minor)) AS discount_minor,
      sum(assumeNotNull(shipping_minor)) AS shipping_minor, sum(assumeNotNull(tax_minor)) AS tax_minor
    FROM orders
    WHERE event = 'OrderConfirmed' AND partition = {partition:UInt16}
      AND ${inMinutes}
    GROUP BY ${keys}
    UNION ALL
    SELECT ${keys}, ${ofView}
    FROM sales_by_minute
    WHERE partition = {partition:UInt16}
      AND minute BETWEEN toDateTime({from_s:UInt32}, 'UTC') AND toDateTime({to_s:UInt32}, 'UTC')
    GROUP BY ${keys}
  ) AS d
  GROUP BY ${keys}
  HAVING (${differs}) AND ${isFollowed}
  ORDER BY ${keys}`;

const names = [...salesByMinute.keys, ...salesByMinute.sums].join(', ');
const sumColumns = salesByMinute.sums.map((sum) => `${sum} Int64`).join(', ');
const structure = `store String, minute DateTime(\\'UTC\\'), currency String, partition UInt16, ${sumColumns}`;

/** INSERT of rows that come as JSONEachRow. */
export const insertDifferences = `INSERT INTO ${salesByMinute.table} (${names})
  SELECT ${names} FROM input('${structure}') WHERE ${isFollowed} FORMAT JSONEachRow`;
