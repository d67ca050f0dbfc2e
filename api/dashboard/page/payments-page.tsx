import { AgeTable } from './age-table.tsx';
import { type Session, type StuckOrders } from './api.ts';
import { ago, count, dash, instant, money } from './format.ts';
import { useLive } from './live.ts';
import { ofView, Panel } from './panel.tsx';
import { nowMs } from './server-clock.ts';
import { Figures, Scrolled, Table } from './table.tsx';
import { WaitingFor } from './waiting-for.tsx';

const listed = 100;

type Stuck = StuckOrders['data'][number];

const ageOf = ({ since }: Stuck): number => Math.max(0, (nowMs() - Date.parse(since)) / 1000);

/** Orders that do not move by themselves: money nobody knows of by age, and what waits for a person. */
export function PaymentsPage({ session }: { session: Session }) {
  const path = (on: string): string => `/v1/ops/orders?stuck=true&on=${on}&limit=${listed}`;
  const unknown = useLive<StuckOrders>(path('money'));
  const person = useLive<StuckOrders>(path('person'));
  const common = {
    freshness: ofView(session.timeZone),
    isEmpty: ({ data }: StuckOrders) => data.length === 0,
  };
  return (
    <>
      <div class="title">
        <h1>Payments</h1>
      </div>
      <div class="stack">
        <Panel
          id="unknown-money"
          title="Unknown money by age"
          live={unknown}
          emptyText="No money is unknown."
          emptyHelp="What was done at the provider is known of every order."
          {...common}
        >
          {(answer) => (
            <>
              <ByAge answer={answer} />
              <StuckTable answer={answer} timeZone={session.timeZone} label="Orders with unknown money" />
            </>
          )}
        </Panel>
        <Panel
          id="waiting-person"
          title="Waiting for a person"
          live={person}
          emptyText="Nothing waits for a person."
          emptyHelp="Every order goes on by itself."
          {...common}
        >
          {(answer) => (
            <StuckTable answer={answer} timeZone={session.timeZone} label="Orders that wait for a person" />
          )}
        </Panel>
      </div>
    </>
  );
}

function ByAge({ answer: { data, count: all } }: { answer: StuckOrders }) {
  const atRisk = [...Map.groupBy(data, ({ currency }) => currency)].map(([currency, orders]) => ({
    label: `At risk, ${currency}`,
    text: money(
      orders.reduce((sum, { payment }) => sum + payment.amountAtRiskMinor, 0),
      currency,
    ),
  }));
  return (
    <>
      <Figures
        entries={[
          { label: 'Orders', text: count(all), key: 'warn' },
          ...atRisk,
          { label: 'Oldest', text: data[0] ? ago(Math.max(...data.map(ageOf))) : dash },
        ]}
      />
      {all > data.length ? (
        <p class="note">Amounts and ages are of the {count(data.length)} that wait longest.</p>
      ) : null}
      <AgeTable
        caption="Orders whose money is unknown, by how long it has been"
        title="Unknown for"
        agesS={data.map(ageOf)}
      />
    </>
  );
}

const StuckTable = (props: { answer: StuckOrders; timeZone: string; label: string }) => (
  <Scrolled label={props.label}>
    <Table
      caption={`The longest waiting first; times in ${props.timeZone}`}
      columns={[
        {
          title: 'Order',
          cell: ({ orderId }) => (
            <a class="id" href={`/orders/${orderId}`}>
              {orderId}
            </a>
          ),
        },
        { title: 'For', cell: (order) => ago(ageOf(order)) },
        { title: 'Payment', cell: ({ payment }) => payment.status },
        { title: 'Cause', cell: ({ payment }) => payment.cause ?? dash },
        {
          title: 'At risk',
          cell: ({ payment, currency }) => money(payment.amountAtRiskMinor, currency),
        },
        {
          title: 'Asked again',
          cell: ({ payment }) => instant(payment.nextCheckAt, nowMs(), props.timeZone),
        },
        {
          title: 'Waits',
          className: 'text',
          cell: ({ waitingFor }) => <WaitingFor waits={waitingFor} timeZone={props.timeZone} />,
        },
      ]}
      rows={props.answer.data}
    />
  </Scrolled>
);
