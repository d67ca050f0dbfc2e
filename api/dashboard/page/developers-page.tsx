import { type RequestLog, type Session, withQuery } from './api.ts';
import { FirstOrder } from './first-order.tsx';
import { count, dash, instant } from './format.ts';
import { KeysPanel } from './keys-panel.tsx';
import { type Live, useLive } from './live.ts';
import { justAsked, Panel } from './panel.tsx';
import { address, go, withParameters } from './router.ts';
import { nowMs } from './server-clock.ts';
import { Figures, Scrolled, Table } from './table.tsx';
import { TestTokens } from './test-tokens.tsx';

const listed = 100;
const statuses = ['2xx', '4xx', '5xx', '400', '401', '403', '404', '409', '412', '422', '429', '503'];

/** For whoever connects a checkout: what he sent, why it was refused, his keys, and how to send a first order. */
export function DevelopersPage({ session }: { session: Session }) {
  const { query } = address.value;
  const asked = {
    status: query.get('status'),
    problem: query.get('problem'),
    requestId: query.get('requestId'),
  };
  const path = withQuery('/v1/requests', { limit: listed, ...asked });
  const live = useLive<RequestLog>(path);
  return (
    <>
      <div class="title">
        <h1>Developers</h1>
      </div>
      <div class="overview">
        <Requests live={live} asked={asked} timeZone={session.timeZone} />
        <Problems live={live} timeZone={session.timeZone} />
        <KeysPanel session={session} />
        <FirstOrder />
        <TestTokens />
      </div>
    </>
  );
}

type Asked = Readonly<Record<'status' | 'problem' | 'requestId', string | null>>;

interface RequestsProps {
  readonly live: Live<RequestLog>;
  readonly asked: Asked;
  readonly timeZone: string;
}

function Requests({ live, asked, timeZone }: RequestsProps) {
  const isFiltered = Object.values(asked).some((value) => value !== null);
  return (
    <section class="wide stack" aria-label="Request log">
      <RequestFilters
        asked={asked}
        problems={live.answer?.counts.problems.map(({ problem }) => problem) ?? []}
      />
      <Panel
        id="requests"
        title="Requests"
        live={live}
        freshness={justAsked}
        isEmpty={({ data }) => data.length === 0}
        emptyText={isFiltered ? 'No request that is kept fits.' : 'No request has been sent with a key.'}
        emptyHelp={
          isFiltered ? 'Take a filter away.' : 'Send the first one: the scripts below are ready to copy.'
        }
      >
        {({ data }) => (
          <Scrolled label="Requests">
            <Table
              caption={`Newest first, ${listed} at most; times in ${timeZone}. The dashboard’s own are left out.`}
              columns={[
                { title: 'Ended', cell: ({ at }) => instant(at, nowMs(), timeZone) },
                { title: 'Method', className: 'left', cell: ({ method }) => method },
                { title: 'Route', className: 'left', cell: ({ route }) => <code>{route}</code> },
                { title: 'Status', className: 'left', cell: ({ status }) => <StatusCell status={status} /> },
                {
                  title: 'Problem',
                  className: 'left',
                  cell: ({ problem }) => <ProblemLink problem={problem} />,
                },
                { title: 'Replay', cell: ({ replayed }) => (replayed ? 'replayed' : dash) },
                { title: 'ms', cell: ({ durationMs }) => count(durationMs) },
                {
                  title: 'Request id',
                  className: 'left',
                  cell: ({ requestId }) => <span class="id">{requestId}</span>,
                },
                { title: 'Key', className: 'left', cell: ({ keyId }) => <code>{keyId ?? dash}</code> },
              ]}
              rows={data}
            />
          </Scrolled>
        )}
      </Panel>
    </section>
  );
}

function RequestFilters({ asked, problems }: { asked: Asked; problems: readonly string[] }) {
  const chosen = asked.problem === null || problems.includes(asked.problem) ? [] : [asked.problem];
  return (
    <form
      class="filters"
      onSubmit={(event) => {
        event.preventDefault();
        const field = event.currentTarget.elements.namedItem('requestId');
        if (field instanceof HTMLInputElement) go(withParameters({ requestId: field.value.trim() }));
      }}
    >
      <label for="request-status">Status</label>
      <select
        id="request-status"
        value={asked.status ?? ''}
        onChange={(event) => go(withParameters({ status: event.currentTarget.value }))}
      >
        <option value="">any</option>
        {statuses.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <label for="request-problem">Problem</label>
      <select
        id="request-problem"
        value={asked.problem ?? ''}
        onChange={(event) => go(withParameters({ problem: event.currentTarget.value }))}
      >
        <option value="">any</option>
        {[...problems, ...chosen].map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <label for="request-id">Request id</label>
      <input
        id="request-id"
        name="requestId"
        type="search"
        defaultValue={asked.requestId ?? ''}
        key={asked.requestId}
        pattern="[A-Za-z0-9._\-]*"
        title="letters, digits, dot, underscore, hyphen"
        maxLength={64}
        spellcheck={false}
      />
      <button type="submit" class="quiet">
        Find
      </button>
    </form>
  );
}

const StatusCell = ({ status }: { status: number }) => {
  const isGood = status >= 200 && status < 400;
  return (
    <span
      class={`word ${isGood ? 'good' : 'bad'}`}
      title={status === 499 ? 'gone before its answer' : undefined}
    >
      <span aria-hidden="true">{isGood ? '✓' : '✕'}</span> {status}
    </span>
  );
};

const ProblemLink = ({ problem }: { problem: string | null }) =>
  problem === null ? <>{dash}</> : <a href={`/problems/${problem}`}>{problem}</a>;

const Problems = ({ live, timeZone }: { live: Live<RequestLog>; timeZone: string }) => (
  <Panel
    id="problems"
    title="Problems by code"
    live={live}
    freshness={justAsked}
    isWide
    isEmpty={({ counts }) => counts.served + counts.left + counts.lost + counts.problems.length === 0}
    emptyText="Nothing was sent in a day."
    emptyHelp="What is refused is counted here by its code."
  >
    {({ counts: { since, served, left, lost, problems } }) => {
      const refused = problems.reduce((sum, each) => sum + each.count, 0);
      return (
        <>
          <Figures
            entries={[
              { label: 'Served', text: count(served), key: 'accent' },
              { label: 'Refused or failed', text: count(refused), key: 'warn' },
              { label: 'Caller gone', text: count(left), means: 'Left before an answer began: status 499.' },
              {
                label: 'Not kept',
                text: count(lost),
                means: 'Finished while Redis was away or too slow: neither listed nor counted by code.',
              },
            ]}
          />
          {problems.length === 0 ? <p class="note">Nothing was refused.</p> : null}
          <Scrolled label="Problems by code">
            <Table
              caption={`Every request since ${instant(since, nowMs(), timeZone)}, ${timeZone}`}
              columns={[
                { title: 'Problem', cell: ({ problem }) => <ProblemLink problem={problem} /> },
                {
                  title: 'Share',
                  className: 'share',
                  cell: (each) => <meter min={0} max={refused} value={each.count} aria-hidden="true" />,
                },
                { title: 'Requests', cell: (each) => count(each.count) },
                {
                  title: 'Listed',
                  cell: ({ problem }) => <a href={withParameters({ problem, status: null })}>show</a>,
                },
              ]}
              rows={problems}
            />
          </Scrolled>
        </>
      );
    }}
  </Panel>
);
