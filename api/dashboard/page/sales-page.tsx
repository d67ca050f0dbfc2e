import type { Report, Session } from './api.ts';
import { Funnel } from './funnel.tsx';
import { HourByWeekday } from './hour-by-weekday.tsx';
import { ofReport, Panel, placeAnOrder } from './panel.tsx';
import { RangePicker } from './range-picker.tsx';
import { type Range, rangeOf, ranges } from './ranges.ts';
import { ReportSource } from './report-source.tsx';
import { address, go, withParameters } from './router.ts';
import { SalesByCurrency } from './sales-panel.tsx';
import { TopSkus } from './top-skus-panel.tsx';
import { useDefinitions } from './use-definitions.ts';
import { useReport } from './use-report.ts';

const hasNoRows = ({ data }: Report): boolean => data.length === 0;
const month = ranges.find(({ name }) => name === 'month');
/** Hours of a month: enough weeks to say something of a weekday. */
const hours: Range | undefined = month && { ...month, bucket: 'hour' };

/** Sales of a range beside the one before it, filtered by clicks; each number with its rows and its SQL. */
export function SalesPage({ session }: { session: Session }) {
  const { query } = address.value;
  const range = rangeOf(query);
  const [currency, sku] = [query.get('currency'), query.get('sku')];
  const asked = { bucket: range.bucket, currency, sku, compare: 'previousPeriod' };
  const funnelAsked = { bucket: range.bucket, currency };
  const definitionOf = useDefinitions();
  const sales = useReport('sales', range, session, asked);
  const topSkus = useReport('top-skus', range, session, { currency, limit: 10 });
  const funnel = useReport('funnel', range, session, funnelAsked);
  const byHour = useReport('sales', hours ?? range, session, { bucket: 'hour', currency, sku });
  const common = {
    freshness: ofReport,
    isEmpty: hasNoRows,
    emptyText: `Nothing in ${range.label}.`,
    emptyHelp: placeAnOrder,
  };
  return (
    <>
      <div class="title">
        <h1>Sales</h1>
        <div class="filters">
          {sku === null ? null : (
            <a class="chip" href={withParameters({ sku: null })}>
              SKU {sku} <span aria-hidden="true">✕</span>
              <span class="hidden"> – take this filter away</span>
            </a>
          )}
          <label for="currency">Currency</label>
          <select
            id="currency"
            value={currency ?? ''}
            onChange={(event) => go(withParameters({ currency: event.currentTarget.value }))}
          >
            <option value="">all</option>
            {session.currencies.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
          <RangePicker />
        </div>
      </div>
      <div class="overview">
        <Panel id="sales" title="Sales over time" live={sales} isWide {...common}>
          {(answer) => (
            <>
              <SalesByCurrency answer={answer} range={range} definition={definitionOf('sales')} isCompared />
              <ReportSource name="sales" answer={answer} query={asked} />
            </>
          )}
        </Panel>
        <Panel id="top-skus" title="Top SKUs" live={topSkus} {...common}>
          {(answer) => (
            <>
              <TopSkus answer={answer} label={range.label} definition={definitionOf('top-skus')} isFilter />
              <ReportSource name="top-skus" answer={answer} query={{ currency, limit: 10 }} />
            </>
          )}
        </Panel>
        <Panel id="funnel" title="From order to sale" live={funnel} {...common}>
          {(answer) => (
            <>
              <Funnel answer={answer} label={range.label} definition={definitionOf('funnel')} />
              <ReportSource name="funnel" answer={answer} query={funnelAsked} />
            </>
          )}
        </Panel>
        <Panel
          id="hours"
          title="Hour by weekday"
          live={byHour}
          isWide
          {...common}
          emptyText="Nothing in the last 30 days."
        >
          {(answer) => (
            <>
              <HourByWeekday answer={answer} />
              <ReportSource name="sales" answer={answer} query={{ bucket: 'hour', currency, sku }} />
            </>
          )}
        </Panel>
      </div>
    </>
  );
}
