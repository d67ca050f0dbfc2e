import type { Report } from './api.ts';
import { count } from './format.ts';
import { Table } from './table.tsx';

const steps = [
  { label: 'Placed', name: 'placed' },
  { label: 'Confirmed', name: 'confirmed' },
  { label: 'Rejected: no stock', name: 'rejected' },
  { label: 'Declined: no money', name: 'declined' },
  { label: 'Expired', name: 'expired' },
  { label: 'Cancelled', name: 'cancelled' },
];

/** How many orders were placed and how they ended, of the same time: each is counted where its event lies. */
export function FunnelOfOrders({ answer, label }: { answer: Report; label: string }) {
  const total = answer.totals[0] ?? {};
  const most = Math.max(...steps.map(({ name }) => Number(total[name] ?? 0)), 1);
  return (
    <Table
      caption={`Orders in ${label}, of all currencies and SKUs; each in the bucket of its event`}
      columns={[
        { title: 'Step', cell: (step) => step.label },
        {
          title: 'Share',
          className: 'share',
          cell: ({ name }) => (
            <meter min={0} max={most} value={Number(total[name] ?? 0)} aria-hidden="true" />
          ),
        },
        { title: 'Orders', cell: ({ name }) => count(total[name]) },
      ]}
      rows={steps}
    />
  );
}
