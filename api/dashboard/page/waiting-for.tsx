import type { Order } from './api.ts';
import { instant } from './format.ts';
import { nowMs } from './server-clock.ts';

/** Whom an order waits for, until when, and what happens then. */
export function WaitingFor({ waits, timeZone }: { waits: Order['waitingFor']; timeZone: string }) {
  if (waits.length === 0) return <p class="note">It waits for nobody.</p>;
  const at = (text: string | null): string => instant(text, nowMs(), timeZone);
  return (
    <ul class="waits">
      {waits.map(({ whom, what, until, next, nextCheckAt }) => (
        <li key={whom + what}>
          Waiting for <strong>{whom}</strong>: {what}, {until === null ? 'no deadline' : `until ${at(until)}`}
          {next === null ? '' : `, then ${next}`}
          {nextCheckAt === null ? '' : `; looked at again ${at(nextCheckAt)}`}
        </li>
      ))}
    </ul>
  );
}
