import { AgeTable } from './age-table.tsx';
import { type Order, type OrderPage, type Session, type Stock, type StockPage, withQuery } from './api.ts';
import { ago, count, dash, instant } from './format.ts';
import { type Live, useLive } from './live.ts';
import { ofView, Panel } from './panel.tsx';
import { nowMs } from './server-clock.ts';
import { StatusWord } from './status-word.tsx';
import { Figures, Scrolled, Table } from './table.tsx';

/** Orders asked for of each status. */
const listed = 100;
/** In these an order may have stock set aside: before its sale, and while it is being undone. */
const holding = [
  'holding',
  'authorizing',
  'committing',
  'unwinding',
] as const satisfies readonly Order['status'][];

interface Held {
  readonly order: Order;
  readonly pieces: number;
  readonly skus: readonly string[];
}

interface Holds {
  /** The oldest orders first. */
  readonly held: readonly Held[];
  /** Of some status there are more orders than were asked for. */
  readonly isCut: boolean;
  readonly completeUntil: string | null;
  /** By `GET /v1/stock/{sku}`; null where all SKUs are asked for. */
  readonly heldByStock: number | null;
}

/** What pages of the oldest orders of each status say of stock that is set aside, of one SKU or of all. */
function holdsOf(pages: readonly OrderPage[], sku: string | null): Omit<Holds, 'heldByStock'> {
  const held = pages
    .flatMap(({ data }) => data)
    .map((order) => {
      const placed = order.holds.filter(
        (hold) => hold.state === 'placed' && (sku === null || hold.sku === sku),
      );
      return {
        order,
        pieces: placed.reduce((sum, { quantity }) => sum + quantity, 0),
        skus: placed.map((hold) => hold.sku),
      };
    })
    .filter(({ pieces }) => pieces > 0)
    .toSorted((a, b) => (a.order.createdAt < b.order.createdAt ? -1 : 1));
  const untilsMs = pages.flatMap(({ completeUntil }) =>
    completeUntil === null ? [] : [Date.parse(completeUntil)],
  );
  return {
    held,
    isCut: pages.some(({ nextCursor }) => nextCursor !== null),
    completeUntil: untilsMs.length < pages.length ? null : new Date(Math.min(...untilsMs)).toISOString(),
  };
}

/** The pages of each status as one answer, once all are there; what is wrong with one is wrong with all. */
function useHolds(sku: string | null): Live<Holds> {
  const pathOf = (status: string): string =>
    withQuery('/v1/orders', { status, sku, sort: 'createdAt', limit: listed });
  const [a, b, c, d] = [
    useLive<OrderPage>(pathOf(holding[0])),
    useLive<OrderPage>(pathOf(holding[1])),
    useLive<OrderPage>(pathOf(holding[2])),
    useLive<OrderPage>(pathOf(holding[3])),
  ];
  // of all SKUs together there is no one number to compare with: any small answer will do
  const level = useLive<Stock | StockPage>(
    sku === null ? '/v1/stock?limit=1' : `/v1/stock/${encodeURIComponent(sku)}`,
  );
  const all: readonly Live<unknown>[] = [a, b, c, d, level];
  const pages = [a, b, c, d].flatMap(({ answer }) => answer ?? []);
  const isThere = pages.length === holding.length && level.answer !== null;
  const heldByStock = level.answer !== null && 'held' in level.answer ? level.answer.held : null;
  return {
    answer: isThere ? { ...holdsOf(pages, sku), heldByStock } : null,
    problem: all.find(({ problem }) => problem !== null)?.problem ?? null,
    ageS: Math.max(...all.map(({ ageS }) => ageS)),
    again: () => {
      for (const one of all) one.again();
    },
  };
}

const ageOf = ({ order }: Held): number => Math.max(0, (nowMs() - Date.parse(order.createdAt)) / 1000);

/** Stock that is set aside and not sold yet: since when, for which orders, of one SKU or of all. */
export function HoldsPanel({ sku, session: { timeZone } }: { sku: string | null; session: Session }) {
  const live = useHolds(sku);
  return (
    <Panel
      id="holds"
      title={sku === null ? 'Ageing holds' : `Ageing holds of ${sku}`}
      live={live}
      freshness={ofView(timeZone)}
      isEmpty={({ held }) => held.length === 0}
      emptyText="No stock is set aside."
      emptyHelp="Every order that was held is sold, or its stock is free again."
    >
      {(answer) => <HoldsByAge answer={answer} timeZone={timeZone} />}
    </Panel>
  );
}

function HoldsByAge({ answer: { held, isCut, heldByStock }, timeZone }: { answer: Holds; timeZone: string }) {
  const pieces = held.reduce((sum, one) => sum + one.pieces, 0);
  const at = (text: string | null): string => instant(text, nowMs(), timeZone);
  return (
    <>
      <Figures
        entries={[
          { label: 'Orders', text: count(held.length), key: 'warn' },
          { label: 'Pieces held', text: count(pieces) },
          { label: 'Oldest', text: held[0] ? ago(ageOf(held[0])) : dash },
          ...(heldByStock === null ? [] : [{ label: 'Held by the stock view', text: count(heldByStock) }]),
        ]}
      />
      {isCut ? (
        <p class="note">Of some status only the {count(listed)} oldest orders are looked at.</p>
      ) : null}
      {heldByStock !== null && heldByStock !== pieces && !isCut ? (
        <p class="note">
          Orders and stock are two journals: for a moment one knows of a hold and the other not yet. If it
          stays so, run <code>npx millrace stock check</code>.
        </p>
      ) : null}
      <AgeTable
        caption="Orders with stock set aside, by how long ago they were placed"
        title="Placed"
        agesS={held.map(ageOf)}
      />
      <Scrolled label="Orders with stock set aside">
        <Table
          caption={`The oldest first; a hold is placed a moment after its order. Times in ${timeZone}`}
          columns={[
            {
              title: 'Order',
              cell: ({ order: { orderId } }) => (
                <a class="id" href={`/orders/${orderId}`}>
                  {orderId}
                </a>
              ),
            },
            { title: 'For', cell: (one) => ago(ageOf(one)) },
            { title: 'Placed', cell: ({ order }) => at(order.createdAt) },
            { title: 'SKUs', className: 'text', cell: ({ skus }) => skus.join(', ') },
            { title: 'Pieces', cell: (one) => count(one.pieces) },
            { title: 'Status', className: 'left', cell: ({ order }) => <StatusWord status={order.status} /> },
            { title: 'Waits for', className: 'left', cell: ({ order }) => order.waitingFor[0]?.whom ?? dash },
            { title: 'Held until', cell: ({ order }) => at(order.holdUntil) },
          ]}
          rows={held}
        />
      </Scrolled>
    </>
  );
}
