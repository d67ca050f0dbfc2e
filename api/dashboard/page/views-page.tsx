import { type Session, type Views } from './api.ts';
import { count, dash, instant } from './format.ts';
import { useLive } from './live.ts';
import { justAsked, Panel } from './panel.tsx';
import { nowMs } from './server-clock.ts';
import { Figures, Scrolled, Table } from './table.tsx';

type View = Views['data'][number];

/** Which generation of each Redis view readers are answered from, and how far a rebuild beside it has come. */
export function ViewsPage({ session: { timeZone } }: { session: Session }) {
  const live = useLive<Views>('/v1/ops/views');
  return (
    <>
      <div class="title">
        <h1>Views</h1>
      </div>
      <Panel
        id="views"
        title="Generations by partition"
        live={live}
        freshness={justAsked}
        isEmpty={({ data }) => data.length === 0}
        emptyText="There is no view."
        emptyHelp={
          <>
            Run <code>npm start</code>.
          </>
        }
      >
        {({ data }) => <Generations rows={data} timeZone={timeZone} />}
      </Panel>
    </>
  );
}

/** The names of generations, in their order, that some partition has in one place. */
const namesOf = (rows: readonly View[], of: (row: View) => string | undefined): string =>
  [...new Set(rows.map(of).filter((name) => name !== undefined))].toSorted().join(', ') || dash;

/** What is to be done next, by what stands beside the live views. */
function nextOf(rows: readonly View[]): { readonly says: string; readonly command: string } {
  const hasOneBeside = rows.some(({ beside }) => beside !== null);
  const toGo = rows.reduce((sum, { recordsToGo }) => sum + (recordsToGo ?? 0), 0);
  if (!hasOneBeside)
    return { says: 'Rebuild the views from the journals, beside the live ones', command: 'views rebuild' };
  if (rows.some(({ beside }) => beside === null) || new Set(rows.map(({ live }) => live.generation)).size > 1)
    return {
      says: 'The partitions do not agree: the last command stopped half-way',
      command: 'views status',
    };
  if (toGo > 0) return { says: 'It is still being filled', command: 'views status' };
  return { says: 'Both are current: see whether they are the same, then flip', command: 'views compare' };
}

function Generations({ rows, timeZone }: { rows: readonly View[]; timeZone: string }) {
  const at = (text: string | null): string => instant(text, nowMs(), timeZone);
  const toGo = rows.reduce<number | null>(
    (sum, { recordsToGo }) => (recordsToGo === null ? sum : (sum ?? 0) + recordsToGo),
    null,
  );
  const flipped = rows.flatMap(({ flippedAt }) => flippedAt ?? []).toSorted();
  const next = nextOf(rows);
  return (
    <>
      <Figures
        entries={[
          { label: 'Live', text: namesOf(rows, ({ live }) => live.generation), key: 'accent' },
          { label: 'Beside', text: namesOf(rows, ({ beside }) => beside?.generation), key: 'second' },
          {
            label: 'Records to go',
            text: count(toGo),
            means: 'Journal records that the live generation has folded and the one beside has not.',
          },
          { label: 'Last flip', text: at(flipped.at(-1) ?? null), isSmall: true },
        ]}
      />
      <Scrolled label="Generations by partition">
        <Table
          caption={`Offsets are of the view’s journal; times in ${timeZone}`}
          columns={[
            { title: 'View', cell: ({ view, partition }) => `${view} ${partition}` },
            { title: 'Live', className: 'left', cell: ({ live }) => live.generation },
            { title: 'Folded to', cell: ({ live }) => count(live.offset) },
            { title: 'Last event', cell: ({ live }) => live.position ?? dash },
            { title: 'Complete until', cell: ({ live }) => at(live.completeUntil) },
            { title: 'Beside', className: 'left', cell: ({ beside }) => beside?.generation ?? dash },
            { title: 'Its offset', cell: ({ beside }) => count(beside?.offset ?? null) },
            { title: 'To go', cell: ({ recordsToGo }) => count(recordsToGo) },
            { title: 'Flipped', cell: ({ flippedAt }) => at(flippedAt) },
          ]}
          rows={rows}
        />
      </Scrolled>
      <p class="note">
        {next.says}: <code>npx millrace {next.command}</code>
      </p>
    </>
  );
}
