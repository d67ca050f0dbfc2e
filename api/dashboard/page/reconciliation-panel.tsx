import { type Reconciliation } from './api.ts';
import { ago, count, instant, money } from './format.ts';
import { useLive } from './live.ts';
import { type FreshnessRule, Panel } from './panel.tsx';
import { nowMs } from './server-clock.ts';
import { Figures, Scrolled, Table } from './table.tsx';

/** A daily job that did not come for half a day more. */
const staleAfterS = 36 * 3600;

/** "As of" the last run: nothing is compared while somebody looks. */
const asOfRun = (timeZone: string): FreshnessRule<Reconciliation> => ({
  unknown: 'As of –',
  of({ asOf }) {
    if (asOf === null) return { text: 'As of –', title: 'never reconciled', isOld: false };
    const ageS = (nowMs() - Date.parse(asOf)) / 1000;
    const isOld = ageS > staleAfterS;
    return {
      text: `As of ${instant(asOf, nowMs(), timeZone)}${isOld ? `, ${ago(ageS)} ago` : ''}`,
      title: `${timeZone}; when the last reconciliation was begun`,
      isOld,
    };
  },
});

/** How many differences between our books and those of others nobody has explained, and where they are. */
export function ReconciliationPanel({ timeZone }: { timeZone: string }) {
  const live = useLive<Reconciliation>('/v1/ops/reconciliation');
  return (
    <Panel
      id="reconciliation"
      title="Reconciliation"
      live={live}
      freshness={asOfRun(timeZone)}
      isEmpty={({ data }) => data.length === 0}
      emptyText="No day has been reconciled."
      emptyHelp={
        <>
          Run <code>npx millrace reconcile --day &lt;date&gt;</code>.
        </>
      }
    >
      {(answer) => <Differences {...answer} />}
    </Panel>
  );
}

function Differences({ unexplained, unchecked, data }: Reconciliation) {
  const open = data.flatMap(({ day, differences }) =>
    differences.filter((one) => one.class !== 'timing').map((one) => ({ day, ...one })),
  );
  const columns = [
    { title: 'Day', cell: ({ day }: (typeof open)[number]) => day },
    { title: 'Class', cell: (row: (typeof open)[number]) => row.class },
    { title: 'In', cell: ({ where }: (typeof open)[number]) => where },
    { title: 'Count', cell: (row: (typeof open)[number]) => count(row.count) },
    { title: 'At risk', cell: (row: (typeof open)[number]) => money(row.amountMinor, row.currency) },
  ];
  return (
    <>
      <Figures
        entries={[
          {
            label: 'Unexplained',
            text: count(unexplained),
            key: (unexplained ?? 0) > 0 ? 'warn' : 'accent',
          },
          { label: 'Not compared', text: count(unchecked) },
          { label: 'Last day', text: data[0]?.day ?? '', isSmall: true },
        ]}
      />
      {open.length > 0 ? (
        <Scrolled label="Unexplained differences as a table">
          <Table caption="Unexplained differences by UTC day; newest first" columns={columns} rows={open} />
        </Scrolled>
      ) : null}
      <p class="note">
        {open.length > 0 ? 'Each one by name, with a safe command: ' : 'To compare another day: '}
        <code>npx millrace reconcile --day {open[0]?.day ?? '<date>'}</code>
      </p>
    </>
  );
}
