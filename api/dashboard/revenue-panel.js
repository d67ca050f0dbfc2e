import { createChart } from './chart.js';
import { element, figures, tableOf } from './dom.js';
import { bucketName, count, dash, major, money } from './format.js';
import { gridOf } from './ranges.js';

/** Captured money by bucket, a chart for each currency: two currencies never share an axis or a sum. */
export function createRevenueView(rangeOf, byCurrency) {
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
  const average = total.orders > 0 ? money(Math.round(total.gross_minor / total.orders), currency) : dash;
  of.figures.replaceChildren(
    figures([
      { label: `Revenue, ${currency}`, text: money(total.gross_minor, currency), key: '--accent' },
      { label: 'Orders', text: count(total.orders), small: true },
      { label: 'Units', text: count(total.units), small: true },
      { label: 'Average order', text: average, small: true },
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
    `Revenue in ${currency} in ${range.label}: ${money(total.gross_minor, currency)} from ${count(total.orders)} orders.`,
  );
  of.table.replaceChildren(
    tableOf(
      `Revenue in ${currency} by ${range.bucket}, ${meta.tz}; newest first`,
      [
        { title: 'From', cell: (row) => bucketName(row, range.bucket) },
        { title: 'Orders', cell: (row) => count(row.orders) },
        { title: 'Units', cell: (row) => count(row.units) },
        { title: 'Revenue', cell: (row) => money(row.gross_minor, currency) },
        { title: 'of it tax', cell: (row) => money(row.tax_minor, currency) },
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
    'aria-label': `Revenue in ${currency} as a table`,
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
