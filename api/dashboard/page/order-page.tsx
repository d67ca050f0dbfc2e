import { type Order, type ParkedOrder, type Session } from './api.ts';
import { count, dash, instant, money } from './format.ts';
import { useLive } from './live.ts';
import { justAsked, Panel } from './panel.tsx';
import { orderIdOf } from './paths.ts';
import { address } from './router.ts';
import { nowMs } from './server-clock.ts';
import { StatusWord } from './status-word.tsx';
import { Figures, Scrolled, Table } from './table.tsx';
import { Timeline } from './timeline.tsx';
import { WaitingFor } from './waiting-for.tsx';

const isParked = (order: Order | ParkedOrder): order is ParkedOrder => order.status === 'parked';

/** One order: where it is, whom it waits for until when, its money, and everything that happened to it. */
export function OrderPage({ session }: { session: Session }) {
  const orderId = orderIdOf(address.value.path);
  const path = `/v1/orders/${encodeURIComponent(orderId)}`;
  const live = useLive<Order | ParkedOrder>(`${path}?expand=events,payment,holds,lineage`);
  return (
    <>
      <div class="title">
        <h1>
          Order <span class="id">{orderId}</span>
        </h1>
        <a href="/orders">All orders</a>
      </div>
      <Panel
        id="order"
        title="Where it is"
        live={live}
        freshness={justAsked}
        isEmpty={() => false}
        emptyText=""
        emptyHelp=""
      >
        {(order) =>
          isParked(order) ? (
            <p>
              <StatusWord status="parked" /> since {instant(order.since, nowMs(), session.timeZone)}: accepted
              and kept in the log, not decided; it waits for a person. Do not place it again.
            </p>
          ) : (
            <Known order={order} timeZone={session.timeZone} />
          )
        }
      </Panel>
    </>
  );
}

function Known({ order, timeZone }: { order: Order; timeZone: string }) {
  const { currency, payment } = order;
  const at = (text: string | null): string => instant(text, nowMs(), timeZone);
  const amount = (title: string, minor: number, isSmall = true) => ({
    label: title,
    text: money(minor, currency),
    isSmall,
  });
  return (
    <>
      <p class="lead">
        <StatusWord status={order.status} />
        {order.reason === null ? '' : ` (${order.reason})`} since {at(order.updatedAt)}, placed{' '}
        {at(order.createdAt)} by <a href={`/orders?customerId=${order.customerId}`}>{order.customerId}</a>
      </p>
      <WaitingFor waits={order.waitingFor} timeZone={timeZone} />
      <h3>Money</h3>
      <Figures
        entries={[
          amount('Total', order.totalMinor, false),
          { label: 'Payment', text: payment.status, isSmall: true },
          amount('Captured', payment.capturedMinor),
          amount('Refunded', payment.refundedMinor),
          amount('At risk', payment.amountAtRiskMinor),
          { label: 'Reference', text: payment.reference ?? dash, isSmall: true },
        ]}
      />
      <h3>Lines and holds</h3>
      <Scrolled label="Lines">
        <Table
          caption={`Prices in ${currency}`}
          columns={[
            { title: 'SKU', cell: ({ sku }) => <a href={`/orders?sku=${sku}`}>{sku}</a> },
            { title: 'Pieces', cell: ({ quantity }) => count(quantity) },
            { title: 'Each', cell: ({ unitPriceMinor }) => money(unitPriceMinor, currency) },
            { title: 'Open', cell: ({ open }) => count(open) },
            { title: 'Shipped', cell: ({ shipped }) => count(shipped) },
            { title: 'Returned', cell: ({ returned }) => count(returned) },
            {
              title: 'Hold',
              cell: ({ sku }) => order.holds.find((hold) => hold.sku === sku)?.state ?? dash,
            },
          ]}
          rows={order.lines}
        />
      </Scrolled>
      <Timeline order={order} timeZone={timeZone} />
    </>
  );
}
