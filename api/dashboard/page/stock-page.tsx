import { ask, type Session, type Stock, type StockPage as Page, withQuery } from './api.ts';
import { count, dash, instant } from './format.ts';
import { useLive } from './live.ts';
import { justAsked, Panel } from './panel.tsx';
import { address, withParameters } from './router.ts';
import { nowMs } from './server-clock.ts';
import { Scrolled, Table } from './table.tsx';

const everyMs = 3_000;

/** What is on hand, held, available and sold of every SKU, by name. */
export function StockPage({ session }: { session: Session }) {
  const cursor = address.value.query.get('cursor');
  const path = withQuery('/v1/stock', { limit: 50, cursor });
  const live = useLive(path, () => ask<Page>(path), everyMs);
  return (
    <>
      <div class="title">
        <h1>Stock</h1>
      </div>
      <Panel
        id="stock-levels"
        title="Levels by SKU"
        live={live}
        freshness={justAsked}
        isEmpty={({ data }) => data.length === 0}
        emptyText="No SKU has stock."
        emptyHelp={
          <>
            Receive some: <code>POST /v1/stock/&lt;sku&gt;/movements</code>.
          </>
        }
      >
        {({ data, nextCursor }) => (
          <>
            <Scrolled label="Stock levels">
              <Table
                caption={`By SKU; times in ${session.timeZone}`}
                columns={columnsOf(session)}
                rows={data}
              />
            </Scrolled>
            <p class="pager">
              {cursor === null ? null : <a href={withParameters({ cursor: null })}>First page</a>}
              {nextCursor === null ? null : <a href={withParameters({ cursor: nextCursor })}>Next page</a>}
            </p>
          </>
        )}
      </Panel>
    </>
  );
}

const columnsOf = ({ timeZone }: Session) => [
  { title: 'SKU', cell: ({ sku }: Stock) => <a href={withQuery('/orders', { sku })}>{sku}</a> },
  { title: 'On hand', cell: ({ onHand }: Stock) => count(onHand) },
  { title: 'Held', cell: ({ held }: Stock) => count(held) },
  { title: 'Available', cell: ({ available }: Stock) => count(available) },
  { title: 'Sold, to ship', cell: ({ allocated }: Stock) => count(allocated) },
  {
    title: 'Sale',
    cell: ({ halted, perCustomer }: Stock) =>
      halted ? (
        <span class="word bad">✕ halted</span>
      ) : perCustomer === null ? (
        dash
      ) : (
        `${count(perCustomer)} a customer`
      ),
  },
  { title: 'Changed', cell: ({ updatedAt }: Stock) => instant(updatedAt, nowMs(), timeZone) },
];
