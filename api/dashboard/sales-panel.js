import { createChart } from './chart.js';
import { element, figures, tableOf } from './dom.js';
import { bucketName, count, major, money } from './format.js';
import { gridOf } from './ranges.js';

/**
 * What was sold, what went back of it and what is neither yet, by bucket; a chart for each currency: two currencies never
 * share an axis or a sum.
 */
export function createSalesView(rangeOf, byCurrency) {
  const parts = new Map();
  return (body, answer) => {
    const range = rangeOf();
    for (const total of answer.totals.toSorted(byCurrency)) {
      const { currency } = total;
      if (!parts.has(currency)) parts.set(currency, makeParts(body, answer.meta, range, currency));
      const rows = answer.data.filter((row) => row.currency === currency);
      fill(parts.get(currency), { rows, total, range, meta: answer.meta, currency });
    }
  };
}

function fill(of, { rows, total, range, meta, currency }) {
  const grid = gridOf(rows, range, meta);
  const openFrom = grid.findIndex(({ row, at }) =>
    row ? row.partial : at * 1000 > Date.parse(meta.complete_until ?? 0),
  );
  of.figures.replaceChildren(
    figures([
      { label: `Gross, ${currency}`, text: money(total.gross_minor, currency), key: '--accent' },
      { label: 'Refunds', text: money(total.refunds_minor, currency), small: true },
      { label: 'Net', text: money(total.net_minor, currency) },
      { label: 'Unconfirmed', text: money(rows.at(-1)?.unconfirmed_minor, currency), small: true },
      { label: 'Orders', text: count(total.orders), small: true },
      { label: 'Average order', text: money(total.average_minor, currency), small: true },
    ]),
  );
  of.chart.update(
    grid.map(({ at }) => at),
    [
      {
        label: currency,
        variable: '--accent',
        shape: 'bars',
        values: grid.map(({ row }) => (row ? major(row.gross_minor, currency) : 0)),
        openFrom: openFrom < 0 ? grid.length : openFrom,
      },
    ],
    `Sales in ${currency} in ${range.label}: gross ${money(total.gross_minor, currency)} from ${count(total.orders)} orders, ${money(total.refunds_minor, currency)} refunded, net ${money(total.net_minor, currency)}.`,
  );
  of.table.replaceChildren(
    tableOf(
      `Sales in ${currency} by ${range.bucket}, ${meta.tz}; newest first`,
      [
        { title: 'From', cell: (row) => bucketName(row, range.bucket) },
        { title: 'Orders', cell: (row) => count(row.orders) },
        { title: 'Gross', cell: (row) => money(row.gross_minor, currency) },
        { title: 'Refunds', cell: (row) => money(row.refunds_minor, currency) },
        { title: 'Chargebacks', cell: (row) => money(row.chargebacks_minor, currency) },
        { title: 'Net', cell: (row) => money(row.net_minor, currency) },
        { title: 'Unconfirmed', cell: (row) => money(row.unconfirmed_minor, currency) },
        { title: 'Complete', cell: (row) => (row.partial ? 'not yet' : 'yes') },
      ],
      rows.toReversed(),
    ),
  );
}

function makeParts(body, meta, range, currency) {
  const headline = element('div');
  const host = element('div', { class: 'chart' });
  const table = element('div', {
    class: 'scroll',
    tabindex: '0',
    role: 'region',
    'aria-label': `Sales in ${currency} as a table`,
  });
  body.append(headline, host, element('details', {}, element('summary', {}, 'Show as a table'), table));
  const compact = new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency,
    notation: 'compact',
    maximumFractionDigits: 1,
  });
  const chart = createChart(host, {
    timeZone: meta.tz,
    formatValue: (v) => compact.format(v),
    isByDay: range.bucket === 'day',
  });
  return { figures: headline, chart, table };
}
