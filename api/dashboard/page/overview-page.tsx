import type { Report, Session } from './api.ts';
import { OrdersOverTime } from './orders-panel.tsx';
import { ofReport, Panel, placeAnOrder } from './panel.tsx';
import { RangePicker } from './range-picker.tsx';
import { rangeOf } from './ranges.ts';
import { ReconciliationPanel } from './reconciliation-panel.tsx';
import { address } from './router.ts';
import { SalesByCurrency } from './sales-panel.tsx';
import { TopSkus } from './top-skus-panel.tsx';
import { useDefinitions } from './use-definitions.ts';
import { useReport } from './use-report.ts';

const hasNoRows = ({ data }: Report): boolean => data.length === 0;

/** Orders, sales, what sells best and whether the books agree, on one page. */
export function OverviewPage({ session }: { session: Session }) {
  const range = rangeOf(address.value.query);
  const { bucket } = range;
  const definitionOf = useDefinitions();
  const orders = useReport('orders', range, session, { bucket });
  const sales = useReport('sales', range, session, { bucket });
  const topSkus = useReport('top-skus', range, session, { limit: 10 });
  const common = {
    freshness: ofReport,
    isEmpty: hasNoRows,
    emptyText: `Nothing in ${range.label}.`,
    emptyHelp: placeAnOrder,
  };
  return (
    <>
      <div class="title">
        <h1>Overview</h1>
        <RangePicker />
      </div>
      <div class="overview">
        <Panel id="orders" title="Orders" live={orders} isWide {...common}>
          {(answer) => <OrdersOverTime answer={answer} range={range} definition={definitionOf('orders')} />}
        </Panel>
        <Panel id="sales" title="Sales by currency" live={sales} {...common}>
          {(answer) => <SalesByCurrency answer={answer} range={range} definition={definitionOf('sales')} />}
        </Panel>
        <div class="stack">
          <Panel id="top-skus" title="Top SKUs" live={topSkus} {...common}>
            {(answer) => (
              <TopSkus answer={answer} label={range.label} definition={definitionOf('top-skus')} />
            )}
          </Panel>
          <ReconciliationPanel timeZone={session.timeZone} />
        </div>
      </div>
    </>
  );
}
