import { type AuditRecords, type Session } from './api.ts';
import { count, dash, instant } from './format.ts';
import { useLive } from './live.ts';
import { justAsked, Panel } from './panel.tsx';
import { nowMs } from './server-clock.ts';
import { Figures, Scrolled, Table } from './table.tsx';

const listed = 100;

/** What somebody privileged did last, and whether the records of it are as they were written. */
export function AuditPage({ session: { timeZone } }: { session: Session }) {
  const live = useLive<AuditRecords>(`/v1/ops/audit-records?limit=${listed}`);
  return (
    <>
      <div class="title">
        <h1>Audit</h1>
      </div>
      <Panel
        id="audit-records"
        title="Privileged effects"
        live={live}
        freshness={justAsked}
        isEmpty={({ data }) => data.length === 0}
        emptyText="Nobody did anything privileged."
        emptyHelp="A payment resolved, a key made, views flipped: each stands here before it is done."
      >
        {(answer) => <Records answer={answer} timeZone={timeZone} />}
      </Panel>
      <p class="note">
        What was done to an order on the command line names no store: it is in the topic, not here. Whether
        the whole run kept its promises: <code>npx millrace verify</code>.
      </p>
    </>
  );
}

const Records = ({
  answer: { data, count: all, unsound },
  timeZone,
}: {
  answer: AuditRecords;
  timeZone: string;
}) => (
  <>
    <Figures
      entries={[
        { label: 'Records', text: count(all) },
        {
          label: 'Changed since',
          text: count(unsound),
          key: unsound > 0 ? 'warn' : 'accent',
          means: 'Records whose hash, or whose link to the one before, does not fit.',
        },
        { label: 'Last', text: instant(data[0]?.at, nowMs(), timeZone), isSmall: true },
      ]}
    />
    <Scrolled label="Audit records">
      <Table
        caption={`Newest first, ${listed} at most; times in ${timeZone}`}
        columns={[
          { title: 'At', cell: ({ at }) => instant(at, nowMs(), timeZone) },
          { title: 'Who', className: 'left', cell: ({ actor }) => <span class="id">{actor}</span> },
          { title: 'What', className: 'left', cell: ({ what }) => what },
          { title: 'To', className: 'left', cell: ({ target }) => <span class="id">{target}</span> },
          { title: 'Why', className: 'text', cell: ({ reason }) => reason },
          {
            title: 'Request',
            className: 'left',
            cell: ({ requestId }) => <span class="id">{requestId ?? dash}</span>,
          },
          {
            title: 'Chain',
            className: 'left',
            cell: ({ sound, seq }) => (
              <span class={`word ${sound ? 'good' : 'bad'}`}>
                <span aria-hidden="true">{sound ? '✓' : '✕'}</span>{' '}
                {sound ? `holds, ${seq}` : `broken, ${seq}`}
              </span>
            ),
          },
        ]}
        rows={data}
      />
    </Scrolled>
  </>
);
