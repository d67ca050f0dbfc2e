import { type KeyList, type Session } from './api.ts';
import { dash, instant } from './format.ts';
import { useLive } from './live.ts';
import { justAsked, Panel } from './panel.tsx';
import { nowMs } from './server-clock.ts';
import { Scrolled, Table } from './table.tsx';

type Key = KeyList['data'][number];

const StateWord = ({ state }: Pick<Key, 'state'>) => (
  <span class={`word ${state === 'live' ? 'good' : 'bad'}`}>
    <span aria-hidden="true">{state === 'live' ? '✓' : '✕'}</span> {state}
  </span>
);

/** The keys of the reader's store: what they may, since when, until when. Never a secret. */
export function KeysPanel({ session: { timeZone, keyId: mine } }: { session: Session }) {
  const live = useLive<KeyList>('/v1/keys');
  const at = (text: string | null): string => instant(text, nowMs(), timeZone);
  return (
    <Panel
      id="keys"
      title="Keys"
      live={live}
      freshness={justAsked}
      isWide
      isEmpty={({ data }) => data.length === 0}
      emptyText="There is no key."
      emptyHelp={
        <>
          Make one: <code>npx millrace keys create</code>.
        </>
      }
    >
      {({ data }) => (
        <>
          <Scrolled label="Keys">
            <Table
              caption={`Newest first; times in ${timeZone}. The id stands in the text of a key and in every log.`}
              columns={[
                {
                  title: 'Key',
                  cell: ({ keyId }) => (
                    <>
                      <code>{keyId}</code>
                      {keyId === mine ? ' (yours)' : ''}
                    </>
                  ),
                },
                { title: 'Client', className: 'left', cell: ({ label }) => label || dash },
                { title: 'State', className: 'left', cell: ({ state }) => <StateWord state={state} /> },
                { title: 'Created', cell: ({ createdAt }) => at(createdAt) },
                { title: 'Last used', cell: ({ lastUsedAt }) => at(lastUsedAt) },
                { title: 'Expires', cell: ({ expiresAt }) => (expiresAt === null ? 'never' : at(expiresAt)) },
                {
                  title: 'Revoked',
                  cell: ({ revokedAt, revokedReason }) =>
                    revokedAt === null ? dash : `${at(revokedAt)}: ${revokedReason}`,
                },
                { title: 'Scopes', className: 'text', cell: ({ scopes }) => scopes.join(' ') || dash },
              ]}
              rows={data}
            />
          </Scrolled>
          <p class="note">
            <code>npx millrace keys create</code> and <code>npx millrace keys revoke &lt;key&gt;</code> change
            them.
          </p>
        </>
      )}
    </Panel>
  );
}
