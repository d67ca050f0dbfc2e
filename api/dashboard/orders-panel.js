import { createChart } from './chart.js';
import { element, figures, tableOf } from './dom.js';
import { bucketName, count, rate } from './format.js';
import { gridOf } from './ranges.js';

const endings = ['rejected', 'declined', 'expired', 'cancelled'];
const notSold = (row) => endings.reduce((sum, name) => sum + row[name], 0);
const minutes = { minute: 1, '15m': 15, hour: 60, day: 1440 };

/** Orders placed, confirmed and ended without a sale, by bucket. */
export function createOrdersView(rangeOf) {
  let parts = null;
  return (body, answer) => {
    const range = rangeOf();
    const { meta } = answer;
    parts ??= makeParts(body, meta, range);
    const grid = gridOf(answer.data, range, meta);
    const [total] = answer.totals;
    const isOpen = ({ row, at }) => (row ? row.partial : at * 1000 > Date.parse(meta.complete_until ?? 0));
    const openFrom = grid.findIndex(isOpen);
    const until = openFrom < 0 ? grid.length : openFrom;
    const values = (of) => grid.map(({ row }) => (row ? of(row) : 0));
    const lastComplete = grid[until - 1];
    const perMinute = lastComplete ? (lastComplete.row?.placed ?? 0) / minutes[range.bucket] : null;

    parts.figures.replaceChildren(
      figures([
        {
          label: range.bucket === 'minute' ? 'Orders a minute' : 'Orders a minute, last bucket',
          text: rate(perMinute),
        },
        { label: 'Placed', text: count(total.placed), key: '--second' },
        { label: 'Confirmed', text: count(total.confirmed), key: '--accent' },
        { label: 'Not sold', text: count(notSold(total)), key: '--warn' },
      ]),
    );
    parts.chart.update(
      grid.map(({ at }) => at),
      [
        {
          label: 'Placed',
          variable: '--second',
          shape: 'halo',
          values: values((row) => row.placed),
          openFrom: until,
        },
        {
          label: 'Confirmed',
          variable: '--accent',
          shape: 'area',
          values: values((row) => row.confirmed),
          openFrom: until,
        },
        { label: 'Not sold', variable: '--warn', shape: 'line', values: values(notSold), openFrom: until },
      ],
      `Orders in ${range.label}: ${count(total.placed)} placed, ${count(total.confirmed)} confirmed, ${count(notSold(total))} not sold.`,
    );
    parts.table.replaceChildren(
      tableOf(
        `Orders by ${range.bucket}, ${meta.tz}; newest first`,
        [
          { title: 'From', cell: (row) => bucketName(row, range.bucket) },
          { title: 'Placed', cell: (row) => count(row.placed) },
          { title: 'Confirmed', cell: (row) => count(row.confirmed) },
          ...endings.map((name) => ({
            title: name[0].toUpperCase() + name.slice(1),
            cell: (row) => count(row[name]),
          })),
          { title: 'Complete', cell: (row) => (row.partial ? 'not yet' : 'yes') },
        ],
        answer.data.toReversed(),
      ),
    );
  };
}

function makeParts(body, meta, range) {
  const headline = element('div');
  const host = element('div', { class: 'chart' });
  const table = element('div', {
    class: 'scroll',
    tabindex: '0',
    role: 'region',
    'aria-label': 'Orders as a table',
  });
  body.replaceChildren(
    headline,
    host,
    element('details', {}, element('summary', {}, 'Show as a table'), table),
  );
  const isByDay = range.bucket === 'day';
  const chart = createChart(host, { timeZone: meta.tz, formatValue: count, isByDay, isWhole: true });
  return { figures: headline, chart, table };
}
