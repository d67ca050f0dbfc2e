import type { Definition, Report, Row } from './api.ts';
import { count, dash } from './format.ts';
import { Scrolled, Table } from './table.tsx';

/** Steps of an order to a sale; orders that are given up after one count in `left`, those that stand there in `standing`. */
const steps = [
  { label: 'Placed', name: 'placed', left: 'left_holding', standing: 'in_holding' },
  { label: 'Stock held', name: 'held', left: 'left_authorizing', standing: 'in_authorizing' },
  { label: 'Money reserved', name: 'authorized', left: 'left_committing', standing: 'in_committing' },
  { label: 'Stock committed', name: 'committed', left: null, standing: 'in_capturing' },
  { label: 'Sold', name: 'confirmed', left: null, standing: null },
];

interface FunnelProps {
  readonly answer: Report;
  readonly label: string;
  readonly definition: Definition | undefined;
}

/** How many orders took each step to a sale, where the others left and how many stand where; a table for each currency. */
export const Funnel = ({ answer, label, definition }: FunnelProps) =>
  answer.totals.map((total, i) => {
    const currency = String(total['currency']);
    const last: Row = answer.data.findLast((row) => row['currency'] === currency) ?? {};
    const most = Math.max(...steps.map(({ name }) => Number(total[name] ?? 0)), 1);
    const meaning = (name: string | null): string | undefined =>
      name === null ? undefined : definition?.columns[name];
    return (
      <Scrolled key={currency} label={`Steps to a sale in ${currency}`}>
        <Table
          caption={`Orders in ${currency}, ${label}`}
          definition={i === 0 ? definition?.definition : undefined}
          columns={[
            { title: 'Step', cell: (step) => <span title={meaning(step.name)}>{step.label}</span> },
            {
              title: 'Share',
              className: 'share',
              cell: ({ name }) => (
                <meter min={0} max={most} value={Number(total[name] ?? 0)} aria-hidden="true" />
              ),
            },
            {
              title: 'Orders',
              cell: ({ name }) => <span title={meaning(name)}>{count(total[name])}</span>,
            },
            {
              title: 'Left here',
              cell: ({ left }) =>
                left === null ? dash : <span title={meaning(left)}>{count(total[left])}</span>,
            },
            {
              title: 'Stand here',
              cell: ({ standing }) =>
                standing === null ? dash : <span title={meaning(standing)}>{count(last[standing])}</span>,
            },
          ]}
          rows={steps}
        />
      </Scrolled>
    );
  });
