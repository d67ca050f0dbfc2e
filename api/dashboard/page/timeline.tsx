import type { Order } from './api.ts';
import { dash, instant } from './format.ts';
import { nowMs } from './server-clock.ts';

type Events = NonNullable<NonNullable<Order['expanded']>['events']>;
type Event = Events['data'][number];

/** What an event says, on one line: the plain values of its detail. */
const saysOf = ({ detail }: Event): string =>
  Object.entries(detail ?? {})
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value) && value !== '')
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(' · ');

/** Everything that happened to an order, oldest first, with the record each event is and the command it decides. */
export function Timeline({ order, timeZone }: { order: Order; timeZone: string }) {
  const events = order.expanded?.events;
  if (!events) return null;
  const records = order.expanded?.lineage?.records ?? [];
  return (
    <>
      <h3>What happened</h3>
      {events.ledger === 'read' ? null : (
        <p class="note">The ledger is away: what is older than the view’s streams is missing here.</p>
      )}
      <ol class="timeline" aria-label="Events">
        {events.data.map((event) => {
          const record = records.find(({ position }) => position === event.position);
          return (
            <li key={event.position}>
              <time dateTime={event.at}>{instant(event.at, nowMs(), timeZone)}</time>
              <div>
                <strong>{event.type}</strong> {event.status === null ? dash : `→ ${event.status}`}
                <p class="note">
                  {event.detail === null ? 'Its details come in a few seconds.' : saysOf(event)}
                </p>
                <p class="note">
                  <code>
                    {event.position}
                    {record
                      ? ` · ${record.record.topic}[${record.record.partition}]@${record.record.offset} ← ${record.cause.topic}[${record.cause.partition}]@${record.cause.offset}`
                      : ''}
                  </code>
                </p>
              </div>
            </li>
          );
        })}
      </ol>
    </>
  );
}
