import { type Report, type Row, type Session, type Stock } from './api.ts';
import { Chart } from './chart.tsx';
import { bucketName, count, instant } from './format.ts';
import { type Live, useLive } from './live.ts';
import { ofReport, Panel } from './panel.tsx';
import { gridOf, openFromOf, type Range } from './ranges.ts';
import { ReportSource } from './report-source.tsx';
import { nowMs } from './server-clock.ts';
import { levelsOf } from './stock-history.ts';
import { BehindChart, Figures, Table } from './table.tsx';
import { useDefinitions } from './use-definitions.ts';
import { useReport } from './use-report.ts';

/** Pieces that came and went, by the report's column. */
const movements = [
  { name: 'received', label: 'Received', variable: '--accent', key: 'accent' },
  { name: 'shipped', label: 'Shipped', variable: '--second', key: 'second' },
  { name: 'restocked', label: 'Returned', variable: '--soft', key: 'soft' },
  { name: 'adjusted', label: 'Corrected', variable: '--warn', key: 'warn' },
] as const;

interface SkuProps {
  readonly sku: string;
  readonly session: Session;
  readonly range: Range;
}

/** What one SKU stands at, what moved it, and whether ledger and view say the same. */
export function StockOfSku({ sku, session, range }: SkuProps) {
  const asked = { bucket: range.bucket, sku };
  const history = useReport('stock', range, session, asked);
  const view = useLive<Stock>(`/v1/stock/${encodeURIComponent(sku)}`);
  const definition = useDefinitions()('stock');
  return (
    <Panel
      id="stock-history"
      title={`History of ${sku}`}
      live={history}
      freshness={ofReport}
      isEmpty={({ data }) => data.length === 0}
      emptyText={`Nothing of ${sku} moved in ${range.label}.`}
      emptyHelp="Choose a longer time range; what it stands at is in the list above."
    >
      {(answer) => (
        <>
          <History
            answer={answer}
            range={range}
            sku={sku}
            meaning={(name) => definition?.columns[name]}
            definition={definition?.definition}
          />
          <Agreement answer={answer} view={view} timeZone={session.timeZone} />
          <p class="links">
            <a href={`/orders?sku=${encodeURIComponent(sku)}`}>Orders with {sku}</a>
          </p>
          <ReportSource name="stock" answer={answer} query={asked} />
        </>
      )}
    </Panel>
  );
}

interface HistoryProps {
  readonly answer: Report;
  readonly range: Range;
  readonly sku: string;
  readonly meaning: (column: string) => string | undefined;
  readonly definition: string | undefined;
}

function History({ answer: { data, totals, meta }, range, sku, meaning, definition }: HistoryProps) {
  const grid = gridOf(data, range, meta);
  const openFrom = openFromOf(grid, range, meta);
  const levels = levelsOf(grid);
  const last = data.at(-1) ?? {};
  const total = totals[0] ?? {};
  const common = {
    at: grid.map(({ at }) => at),
    timeZone: meta.tz,
    formatValue: count,
    isByDay: range.bucket === 'day',
    isWhole: true,
  };
  return (
    <>
      <Figures
        entries={[
          { label: 'On hand', text: count(last['on_hand']), key: 'accent', means: meaning('on_hand') },
          { label: 'Held', text: count(last['held']), key: 'warn', means: meaning('held') },
          { label: 'Available', text: count(last['available']), key: 'second', means: meaning('available') },
        ]}
      />
      <Chart
        {...common}
        series={[
          {
            label: 'On hand',
            variable: '--accent',
            shape: 'area',
            values: levels.map((one) => one && one.onHand),
            openFrom,
          },
          {
            label: 'Available',
            variable: '--second',
            shape: 'line',
            values: levels.map((one) => one && one.available),
            openFrom,
          },
          {
            label: 'Held',
            variable: '--warn',
            shape: 'line',
            values: levels.map((one) => one && one.held),
            openFrom,
          },
        ]}
        summary={`Levels of ${sku} in ${range.label}, at the end ${count(last['on_hand'])} on hand, ${count(last['held'])} held, ${count(last['available'])} available.`}
      />
      <Figures
        entries={movements.map(({ name, label, key }) => ({
          label,
          text: count(total[name]),
          key,
          means: meaning(name),
        }))}
      />
      <Chart
        {...common}
        series={movements.map(({ name, label, variable }) => ({
          label,
          variable,
          shape: 'line',
          values: grid.map(({ row }) => (row ? Number(row[name]) : 0)),
          openFrom,
        }))}
        summary={`Movements of ${sku} in ${range.label}: ${movements.map(({ name, label }) => `${count(total[name])} ${label.toLowerCase()}`).join(', ')}.`}
      />
      <BehindChart label={`Movements and levels of ${sku}`}>
        <Table
          caption={`Pieces by ${range.bucket}, ${meta.tz}; newest first, where something moved`}
          definition={definition}
          columns={[
            { title: 'From', cell: (row: Row) => bucketName(row['bucket_local'], range.bucket) },
            ...[
              ...movements,
              { name: 'held_units', label: 'Set aside' },
              { name: 'released', label: 'Set free' },
              { name: 'committed', label: 'Sold' },
              { name: 'on_hand', label: 'On hand' },
              { name: 'held', label: 'Held' },
              { name: 'available', label: 'Available' },
            ].map(({ name, label }) => ({
              title: label,
              means: meaning(name),
              cell: (row: Row) => count(row[name]),
            })),
          ]}
          rows={data.toReversed()}
        />
      </BehindChart>
    </>
  );
}

/** The same level from the ledger's sums and from the view: two ways that must come to one number. */
function Agreement({ answer, view, timeZone }: { answer: Report; view: Live<Stock>; timeZone: string }) {
  const row = answer.data.at(-1);
  const { answer: level } = view;
  if (!row || !level) return null;
  const pairs = [
    { what: 'on hand', ledger: Number(row['on_hand']), view: level.onHand },
    { what: 'held', ledger: Number(row['held']), view: level.held },
    { what: 'available', ledger: Number(row['available']), view: level.available },
  ];
  const apart = pairs.filter((pair) => pair.ledger !== pair.view);
  if (apart.length === 0)
    return (
      <p class="note" id="stock-agreement">
        <span class="word good">✓ agrees</span> Ledger and view say the same: {count(level.onHand)} on hand,{' '}
        {count(level.held)} held.
      </p>
    );
  const until = answer.meta.complete_until;
  if (until === null || Date.parse(level.updatedAt) >= Date.parse(until))
    return (
      <p class="note" id="stock-agreement">
        <span class="word open">… not yet compared</span> The SKU changed{' '}
        {instant(level.updatedAt, nowMs(), timeZone)}, the ledger is complete until{' '}
        {instant(until, nowMs(), timeZone)}: they are compared once it has come there.
      </p>
    );
  return (
    <p class="note" id="stock-agreement">
      <span class="word bad">✕ differs</span>{' '}
      {apart
        .map((pair) => `${pair.what}: ${count(pair.ledger)} in the ledger, ${count(pair.view)} in the view`)
        .join('; ')}
      . The ledger is complete until {instant(until, nowMs(), timeZone)} and the SKU has not changed since:
      run <code>npx millrace stock check</code>.
    </p>
  );
}
