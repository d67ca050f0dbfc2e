import { type OrderPage as Page, type Session, withQuery } from './api.ts';
import { dash, instant, money } from './format.ts';
import { useLive } from './live.ts';
import { ofView, Panel, placeAnOrder } from './panel.tsx';
import { address, go, withParameters } from './router.ts';
import { nowMs } from './server-clock.ts';
import { StatusWord } from './status-word.tsx';
import { Scrolled, Table } from './table.tsx';

const statuses = [
  'holding',
  'authorizing',
  'committing',
  'capturing',
  'unwinding',
  'confirmed',
  'shipped',
  'delivered',
  'rejected',
  'declined',
  'expired',
  'cancelled',
] satisfies readonly Page['data'][number]['status'][];

/** Orders of the store, newest first; the filters and the page stand in the address. */
export function OrdersPage({ session }: { session: Session }) {
  const { query } = address.value;
  const of = (name: string): string | null => query.get(name);
  const asked = { customerId: of('customerId'), sku: of('sku'), status: of('status'), cursor: of('cursor') };
  const path = withQuery('/v1/orders', { limit: 50, ...asked });
  const live = useLive<Page>(path);
  const named = [asked.customerId, asked.sku, asked.status].filter((text) => text !== null);
  return (
    <>
      <div class="title">
        <h1>Orders</h1>
        <Filters customerId={asked.customerId} sku={asked.sku} status={asked.status} />
      </div>
      <Panel
        id="order-list"
        title={named.length === 0 ? 'All orders' : `Orders: ${named.join(', ')}`}
        live={live}
        freshness={ofView(session.timeZone)}
        isEmpty={({ data }) => data.length === 0}
        emptyText={named.length === 0 ? 'No order has been placed.' : 'No order fits.'}
        emptyHelp={placeAnOrder}
      >
        {(page) => <List page={page} timeZone={session.timeZone} isFirst={asked.cursor === null} />}
      </Panel>
    </>
  );
}

type FilterNames = Readonly<Record<'customerId' | 'sku' | 'status', string | null>>;

const Filters = ({ customerId, sku, status }: FilterNames) => (
  <div class="filters">
    {(['customerId', 'sku'] as const).map((name) => {
      const value = name === 'sku' ? sku : customerId;
      return value === null ? null : (
        <a key={name} class="chip" href={withParameters({ [name]: null, cursor: null })}>
          {name === 'sku' ? 'SKU' : 'Customer'} {value} <span aria-hidden="true">✕</span>
          <span class="hidden"> – take this filter away</span>
        </a>
      );
    })}
    <label for="status">Status</label>
    <select
      id="status"
      value={status ?? ''}
      onChange={(event) => go(withParameters({ status: event.currentTarget.value, cursor: null }))}
    >
      <option value="">any</option>
      {statuses.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  </div>
);

const List = ({ page, timeZone, isFirst }: { page: Page; timeZone: string; isFirst: boolean }) => (
  <>
    <Scrolled label="Orders">
      <Table
        caption={`Newest first; times in ${timeZone}`}
        columns={[
          {
            title: 'Order',
            cell: ({ orderId }) => (
              <a class="id" href={`/orders/${orderId}`}>
                {orderId}
              </a>
            ),
          },
          { title: 'Placed', cell: ({ createdAt }) => instant(createdAt, nowMs(), timeZone) },
          { title: 'Status', className: 'left', cell: ({ status }) => <StatusWord status={status} /> },
          {
            title: 'Customer',
            className: 'left',
            cell: ({ customerId }) => <a href={withQuery('/orders', { customerId })}>{customerId}</a>,
          },
          { title: 'Payment', className: 'left', cell: ({ payment }) => payment.status },
          { title: 'Waits for', className: 'left', cell: ({ waitingFor }) => waitingFor[0]?.whom ?? dash },
          { title: 'Total', cell: ({ totalMinor, currency }) => money(totalMinor, currency) },
        ]}
        rows={page.data}
      />
    </Scrolled>
    <p class="pager">
      {isFirst ? null : <a href={withParameters({ cursor: null })}>Newest</a>}
      {page.nextCursor === null ? null : <a href={withParameters({ cursor: page.nextCursor })}>Older</a>}
    </p>
  </>
);
