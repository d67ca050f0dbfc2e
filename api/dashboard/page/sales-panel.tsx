import type { Definition, Report, Row } from './api.ts';
import { Chart } from './chart.tsx';
import { bucketName, count, instant, major, money } from './format.ts';
import { gridOf, openFromOf, type Range } from './ranges.ts';
import { nowMs } from './server-clock.ts';
import { BehindChart, Figures, Table } from './table.tsx';

interface SalesProps {
  readonly answer: Report;
  readonly range: Range;
  readonly definition: Definition | undefined;
  /** The report was asked to compare with an earlier range: its gross stands beside. Else the chart has bars alone. */
  readonly isCompared?: boolean;
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

function OneCurrency(props: SalesProps & OfCurrency) {
  const { answer, range, definition, total, currency, isCompared = false } = props;
  const { meta } = answer;
  const rows = answer.data.filter((row) => row['currency'] === currency);
  const grid = gridOf(rows, range, meta);
  // a row that only the earlier period has knows no balance
  const lastBalance = rows.findLast((row) => row['unconfirmed_minor'] !== null)?.['unconfirmed_minor'];
  const at = (text: string | undefined): string => instant(text, nowMs(), meta.tz);
  const earlier = `from ${at(meta.compare?.from)} to ${at(meta.compare?.to)}`;
  const meaning = (name: string): string | undefined => definition?.columns[name];
  const compact = new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency,
    notation: 'compact',
    maximumFractionDigits: 1,
  });
  const cell = (title: string, name: string) => ({
    title,
    means: meaning(name),
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
            means: meaning('gross_minor'),
          },
          ...(isCompared
            ? [
                {
                  label: 'Before',
                  text: money(total['previous_gross_minor'], currency),
                  key: 'soft',
                  isSmall: true,
                  means: `Gross of the period before, ${earlier}.`,
                },
              ]
            : []),
          {
            label: 'Refunds',
            text: money(total['refunds_minor'], currency),
            isSmall: true,
            means: meaning('refunds_minor'),
          },
          {
            label: 'Net',
            text: money(total['net_minor'], currency),
            means: meaning('net_minor'),
          },
          {
            label: 'Unconfirmed',
            text: money(lastBalance, currency),
            isSmall: true,
            means: meaning('unconfirmed_minor'),
          },
          { label: 'Orders', text: count(total['orders']), isSmall: true, means: meaning('orders') },
          {
            label: 'Average order',
            text: money(total['average_minor'], currency),
            isSmall: true,
            means: meaning('average_minor'),
          },
        ]}
      />
      <Chart
        at={grid.map(({ at }) => at)}
        series={[
          {
            label: currency,
            variable: '--accent',
            shape: isCompared ? 'area' : 'bars',
            values: grid.map(({ row }) => (row ? major(row['gross_minor'], currency) : 0)),
            openFrom: openFromOf(grid, range, meta),
          },
          ...(isCompared
            ? [
                {
                  label: 'Before',
                  variable: '--soft',
                  shape: 'ghost' as const,
                  values: grid.map(({ row }) => (row ? grossBefore(row, currency) : 0)),
                  openFrom: grid.length,
                },
              ]
            : []),
        ]}
        summary={`Sales in ${currency} in ${range.label}: gross ${money(total['gross_minor'], currency)} from ${count(total['orders'])} orders, ${money(total['refunds_minor'], currency)} refunded, net ${money(total['net_minor'], currency)}${isCompared ? `; gross of the period before: ${money(total['previous_gross_minor'], currency)}` : ''}.`}
        timeZone={meta.tz}
        formatValue={(value) => compact.format(value)}
        isByDay={range.bucket === 'day'}
      />
      <BehindChart label={`Sales in ${currency}`}>
        <Table
          caption={`Sales in ${currency} by ${range.bucket}, ${meta.tz}; newest first`}
          definition={definition?.definition}
          columns={[
            { title: 'From', cell: (row) => bucketName(row['bucket_local'], range.bucket) },
            { title: 'Orders', means: meaning('orders'), cell: (row) => count(row['orders']) },
            cell('Gross', 'gross_minor'),
            ...(isCompared ? [cell('Before', 'previous_gross_minor')] : []),
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

/** Gross of the bucket that this one compares with; null where there is none, as of a day the earlier month did not have. */
const grossBefore = (row: Row, currency: string): number | null =>
  row['previous_gross_minor'] === null ? null : major(row['previous_gross_minor'], currency);
