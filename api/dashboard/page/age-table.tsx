import { count } from './format.ts';
import { Table } from './table.tsx';

const minuteS = 60;
const hourS = 3600;
/** Ages at which somebody should look harder, seconds. */
const ages = [
  { label: 'less than a minute', fromS: 0, toS: minuteS },
  { label: '1 to 15 minutes', fromS: minuteS, toS: 15 * minuteS },
  { label: '15 minutes to an hour', fromS: 15 * minuteS, toS: hourS },
  { label: '1 to 24 hours', fromS: hourS, toS: 24 * hourS },
  { label: 'more than a day', fromS: 24 * hourS, toS: Number.POSITIVE_INFINITY },
];

interface AgeTableProps {
  readonly caption: string;
  /** Title of the column that names the age. */
  readonly title: string;
  /** Age of each order, seconds. */
  readonly agesS: readonly number[];
}

/** How many orders are how old. */
export const AgeTable = ({ caption, title, agesS }: AgeTableProps) => (
  <Table
    caption={caption}
    columns={[
      { title, cell: ({ label }) => label },
      {
        title: 'Share',
        className: 'share',
        cell: ({ orders }) => <meter min={0} max={agesS.length} value={orders} aria-hidden="true" />,
      },
      { title: 'Orders', cell: ({ orders }) => count(orders) },
    ]}
    rows={ages.map(({ label, fromS, toS }) => ({
      label,
      orders: agesS.filter((ageS) => ageS >= fromS && ageS < toS).length,
    }))}
  />
);
