import type { Report, Row } from './api.ts';
import { count, money } from './format.ts';
import { withParameters } from './router.ts';
import { Table } from './table.tsx';

/** The best sold SKUs by money, a table for each currency; its bars are meters, so the chart is the table. */
export function TopSkus({ answer, label, isFilter }: { answer: Report; label: string; isFilter?: boolean }) {
  const byCurrency = Map.groupBy(answer.data, (row) => String(row['currency']));
  return [...byCurrency].map(([currency, rows]) => {
    const most = Math.max(...rows.map((row) => Number(row['gross_minor'])), 1);
    const columns = [
      {
        title: 'SKU',
        cell: ({ sku }: Row) =>
          isFilter === true ? <a href={withParameters({ sku: String(sku) })}>{sku}</a> : sku,
      },
      {
        title: 'Share',
        className: 'share',
        cell: (row: Row) => (
          <meter min={0} max={most} value={Number(row['gross_minor'])} aria-hidden="true" />
        ),
      },
      { title: 'Units', cell: (row: Row) => count(row['units']) },
      { title: 'Orders', cell: (row: Row) => count(row['orders']) },
      { title: 'Gross', cell: (row: Row) => money(row['gross_minor'], currency) },
    ];
    return (
      <div class="scroll" tabIndex={0} role="region" aria-label={`Top SKUs in ${currency}`} key={currency}>
        <Table caption={`By gross in ${currency}, ${label}`} columns={columns} rows={rows} />
      </div>
    );
  });
}
