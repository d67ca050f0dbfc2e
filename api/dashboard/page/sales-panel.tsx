import type { Report, Row } from './api.ts';
import { Chart } from './chart.tsx';
import { bucketName, count, dash, major, money } from './format.ts';
import { type Cell, gridOf, openFromOf, type Range } from './ranges.ts';
import { BehindChart, Figures, Table } from './table.tsx';

interface SalesProps {
  readonly answer: Report;
  readonly range: Range;
  /** The same of the range before; null while nobody knows. Without it the chart has bars and nothing beside them. */
  readonly before?: Report | null;
}

interface OfCurrency {
  readonly total: Row;
  readonly currency: string;
}

/**
 * What was sold, what went back of it and what is neither yet, by bucket; a chart for each currency: two currencies never
 * share an axis or a sum.
 */
export const SalesByCurrency = ({ answer, ...props }: SalesProps) =>
  answer.totals.map((total) => (
    <OneCurrency
      key={String(total['currency'])}
      answer={answer}
      {...props}
      total={total}
      currency={String(total['currency'])}
    />
  ));

function OneCurrency({ answer, range, before, total, currency }: SalesProps & OfCurrency) {
  const { meta } = answer;
  const rows = answer.data.filter((row) => row['currency'] === currency);
  const grid = gridOf(rows, range, meta);
  const ghost = before ? ghostOf(grid, before, range, currency) : null;
  const grossBefore = before?.totals.find((one) => one['currency'] === currency)?.['gross_minor'];
  const compact = new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency,
    notation: 'compact',
    maximumFractionDigits: 1,
  });
  const cell = (title: string, name: string) => ({
    title,
    cell: (row: Row) => money(row[name], currency),
  });
  return (
    <div class="one-currency">
      <Figures
        entries={[
          {
            label: `Gross, ${currency}`,
            text: money(total['gross_minor'], currency),
            key: 'accent',
            means: 'What confirmed orders brought in; never changed later.',
          },
          ...(before === undefined
            ? []
            : [
                {
                  label: 'Before',
                  text: before === null ? dash : money(grossBefore ?? 0, currency),
                  key: 'soft',
                  isSmall: true,
                  means: 'Gross of the range before this one, of the same length.',
                },
              ]),
          {
            label: 'Refunds',
            text: money(total['refunds_minor'], currency),
            isSmall: true,
            means: 'Money given back, in the bucket in which it went back.',
          },
          {
            label: 'Net',
            text: money(total['net_minor'], currency),
            means: 'Gross less refunds and chargebacks.',
          },
          {
            label: 'Unconfirmed',
            text: money(rows.at(-1)?.['unconfirmed_minor'], currency),
            isSmall: true,
            means: 'Of orders that are neither sold nor lost, at the end of the last bucket.',
          },
          { label: 'Orders', text: count(total['orders']), isSmall: true, means: 'Confirmed orders.' },
          {
            label: 'Average order',
            text: money(total['average_minor'], currency),
            isSmall: true,
            means: 'Gross by confirmed orders.',
          },
        ]}
      />
      <Chart
        at={grid.map(({ at }) => at)}
        series={[
          {
            label: currency,
            variable: '--accent',
            shape: before === undefined ? 'bars' : 'area',
            values: grid.map(({ row }) => (row ? major(row['gross_minor'], currency) : 0)),
            openFrom: openFromOf(grid, range, meta),
          },
          ...(ghost === null
            ? []
            : [
                {
                  label: 'Before',
                  variable: '--soft',
                  shape: 'ghost' as const,
                  values: ghost,
                  openFrom: grid.length,
                },
              ]),
        ]}
        summary={`Sales in ${currency} in ${range.label}: gross ${money(total['gross_minor'], currency)} from ${count(total['orders'])} orders, ${money(total['refunds_minor'], currency)} refunded, net ${money(total['net_minor'], currency)}${ghost === null ? '' : `; gross of the range before: ${money(grossBefore ?? 0, currency)}`}.`}
        timeZone={meta.tz}
        formatValue={(value) => compact.format(value)}
        isByDay={range.bucket === 'day'}
      />
      <BehindChart label={`Sales in ${currency}`}>
        <Table
          caption={`Sales in ${currency} by ${range.bucket}, ${meta.tz}; newest first`}
          columns={[
            { title: 'From', cell: (row) => bucketName(row['bucket_local'], range.bucket) },
            { title: 'Orders', cell: (row) => count(row['orders']) },
            cell('Gross', 'gross_minor'),
            cell('Refunds', 'refunds_minor'),
            cell('Chargebacks', 'chargebacks_minor'),
            cell('Net', 'net_minor'),
            cell('Unconfirmed', 'unconfirmed_minor'),
            { title: 'Complete', cell: (row) => (row['partial'] === true ? 'not yet' : 'yes') },
          ]}
          rows={rows.toReversed()}
        />
      </BehindChart>
    </div>
  );
}

/** Gross of the range before, at the places of this one's buckets; null where that range does not reach. */
function ghostOf(grid: readonly Cell[], before: Report, range: Range, currency: string): (number | null)[] {
  const rows = before.data.filter((row) => row['currency'] === currency);
  const earlier = new Map(gridOf(rows, range, before.meta).map(({ at, row }) => [at, row]));
  return grid.map(({ at }) => {
    const row = earlier.get(at - range.lengthS);
    return row === undefined ? 0 : major(row?.['gross_minor'] ?? 0, currency);
  });
}
