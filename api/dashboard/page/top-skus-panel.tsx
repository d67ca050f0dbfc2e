import type { Definition, Report, Row } from './api.ts';
import { count, money } from './format.ts';
import { withParameters } from './router.ts';
import { Table } from './table.tsx';

interface TopSkusProps {
  readonly answer: Report;
  readonly label: string;
  readonly definition: Definition | undefined;
  /** A click on a SKU filters the page. */
  readonly isFilter?: boolean;
}

/** The best sold SKUs by money, a table for each currency; its bars are meters, so the chart is the table. */
export function TopSkus({ answer, label, definition, isFilter }: TopSkusProps) {
  const byCurrency = Map.groupBy(answer.data, (row) => String(row['currency']));
  return [...byCurrency].map(([currency, rows], i) => {
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
      { title: 'Units', means: definition?.columns['units'], cell: (row: Row) => count(row['units']) },
      { title: 'Orders', means: definition?.columns['orders'], cell: (row: Row) => count(row['orders']) },
      {
        title: 'Gross',
        means: definition?.columns['gross_minor'],
        cell: (row: Row) => money(row['gross_minor'], currency),
      },
    ];
    return (
      <div class="scroll" tabIndex={0} role="region" aria-label={`Top SKUs in ${currency}`} key={currency}>
        <Table
          caption={`By gross in ${currency}, ${label}`}
          definition={i === 0 ? definition?.definition : undefined}
          columns={columns}
          rows={rows}
        />
      </div>
    );
  });
}
