import { element, tableOf } from './dom.js';
import { count, money } from './format.js';

/** The best sold SKUs by money, a table for each currency; its bars are meters, so the chart is the table. */
export function createTopSkusView(rangeOf, byCurrency) {
  return (body, answer) => {
    const tables = Map.groupBy(answer.data.toSorted(byCurrency), (row) => row.currency);
    body.replaceChildren(
      ...[...tables].map(([currency, rows]) => {
        const most = Math.max(...rows.map((row) => row.gross_minor), 1);
        return tableOf(
          `By gross in ${currency}, ${rangeOf().label}`,
          [
            { title: 'SKU', cell: (row) => row.sku },
            {
              title: '',
              className: 'share',
              cell: (row) =>
                element('meter', { min: 0, max: most, value: row.gross_minor, 'aria-hidden': 'true' }),
            },
            { title: 'Units', cell: (row) => count(row.units) },
            { title: 'Orders', cell: (row) => count(row.orders) },
            { title: 'Gross', cell: (row) => money(row.gross_minor, currency) },
          ],
          rows,
        );
      }),
    );
  };
}
