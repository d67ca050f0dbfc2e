import { type Session, type Stock, type StockPage as Page, withQuery } from './api.ts';
import { count, dash, instant } from './format.ts';
import { HoldsPanel } from './holds-panel.tsx';
import { useLive } from './live.ts';
import { justAsked, Panel } from './panel.tsx';
import { RangePicker } from './range-picker.tsx';
import { rangeOf } from './ranges.ts';
import { address, withParameters } from './router.ts';
import { nowMs } from './server-clock.ts';
import { StockOfSku } from './stock-sku-panel.tsx';
import { Scrolled, Table } from './table.tsx';

/** What is on hand, held, available and sold of every SKU by name, the history of one, and what is set aside for whom. */
export function StockPage({ session }: { session: Session }) {
  const { query } = address.value;
  const cursor = query.get('cursor');
  const chosen = query.get('sku');
  const path = withQuery('/v1/stock', { limit: 50, cursor });
  const live = useLive<Page>(path);
  const sku = chosen ?? live.answer?.data[0]?.sku ?? null;
  return (
    <>
      <div class="title">
        <h1>Stock</h1>
        <div class="filters">
          {chosen === null ? null : (
            <a class="chip" href={withParameters({ sku: null })}>
              SKU {chosen} <span aria-hidden="true">✕</span>
              <span class="hidden"> – take this filter away</span>
            </a>
          )}
          <RangePicker />
        </div>
      </div>
      <div class="stack">
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
                  caption={`By SKU; times in ${session.timeZone}. A SKU leads to its history and its holds.`}
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
        {sku === null ? null : <StockOfSku key={sku} sku={sku} session={session} range={rangeOf(query)} />}
        <HoldsPanel sku={chosen} session={session} />
      </div>
    </>
  );
}

const columnsOf = ({ timeZone }: Session) => [
  {
    title: 'SKU',
    cell: ({ sku }: Stock) => (
      <a
        href={withParameters({ sku })}
        aria-current={address.value.query.get('sku') === sku ? 'true' : undefined}
      >
        {sku}
      </a>
    ),
  },
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
