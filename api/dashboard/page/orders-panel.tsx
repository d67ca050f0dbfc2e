import type { Definition, Report, Row } from './api.ts';
import { Chart } from './chart.tsx';
import { bucketName, count, rate } from './format.ts';
import { gridOf, openFromOf, type Range } from './ranges.ts';
import { BehindChart, Figures, Table } from './table.tsx';

const endings = ['rejected', 'declined', 'expired', 'cancelled'];
const notSold = (row: Row): number => endings.reduce((sum, name) => sum + Number(row[name]), 0);
const minutes: Readonly<Record<string, number>> = { minute: 1, '15m': 15, hour: 60, day: 1440 };

interface OrdersProps {
  readonly answer: Report;
  readonly range: Range;
  readonly definition: Definition | undefined;
}

/** Orders placed, confirmed and ended without a sale, by bucket. */
export function OrdersOverTime({ answer, range, definition }: OrdersProps) {
  const meaning = (name: string): string | undefined => definition?.columns[name];
  const { meta, data } = answer;
  const grid = gridOf(data, range, meta);
  const total = answer.totals[0] ?? {};
  const openFrom = openFromOf(grid, range, meta);
  const values = (of: (row: Row) => number) => grid.map(({ row }) => (row ? of(row) : 0));
  const lastComplete = grid[openFrom - 1];
  const placed = Number(lastComplete?.row?.['placed'] ?? 0);
  const perMinute = lastComplete ? placed / (minutes[range.bucket] ?? 1) : null;
  return (
    <>
      <Figures
        entries={[
          {
            label: range.bucket === 'minute' ? 'Orders a minute' : 'Orders a minute, last bucket',
            text: rate(perMinute),
          },
          { label: 'Placed', text: count(total['placed']), key: 'second', means: meaning('placed') },
          {
            label: 'Confirmed',
            text: count(total['confirmed']),
            key: 'accent',
            means: meaning('confirmed'),
          },
          {
            label: 'Not sold',
            text: count(notSold(total)),
            key: 'warn',
            means: 'Rejected, declined, expired or cancelled.',
          },
        ]}
      />
      <Chart
        at={grid.map(({ at }) => at)}
        series={[
          {
            label: 'Placed',
            variable: '--second',
            shape: 'halo',
            values: values((row) => Number(row['placed'])),
            openFrom,
          },
          {
            label: 'Confirmed',
            variable: '--accent',
            shape: 'area',
            values: values((row) => Number(row['confirmed'])),
            openFrom,
          },
          { label: 'Not sold', variable: '--warn', shape: 'line', values: values(notSold), openFrom },
        ]}
        summary={`Orders in ${range.label}: ${count(total['placed'])} placed, ${count(total['confirmed'])} confirmed, ${count(notSold(total))} not sold.`}
        timeZone={meta.tz}
        formatValue={count}
        isByDay={range.bucket === 'day'}
        isWhole
      />
      <BehindChart label="Orders">
        <Table
          caption={`Orders by ${range.bucket}, ${meta.tz}; newest first`}
          definition={definition?.definition}
          columns={[
            { title: 'From', cell: (row) => bucketName(row['bucket_local'], range.bucket) },
            { title: 'Placed', means: meaning('placed'), cell: (row) => count(row['placed']) },
            { title: 'Confirmed', means: meaning('confirmed'), cell: (row) => count(row['confirmed']) },
            ...endings.map((name) => ({
              title: `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
              means: meaning(name),
              cell: (row: Row) => count(row[name]),
            })),
            { title: 'Complete', cell: (row) => (row['partial'] === true ? 'not yet' : 'yes') },
          ]}
          rows={data.toReversed()}
        />
      </BehindChart>
    </>
  );
}
