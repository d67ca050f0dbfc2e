import conflict from '../../../examples/curl/conflict.sh?raw';
import place from '../../../examples/curl/place.sh?raw';
import repeat from '../../../examples/curl/repeat.sh?raw';
import watch from '../../../examples/curl/watch.sh?raw';
// oxlint-disable-next-line import/default -- its text, not what it exports
import placeInTypeScript from '../../../examples/typescript/place-order.ts?raw';
import { Copyable } from './copyable.tsx';

/** The very files of `examples/`, which run in `npm test`. */
const steps = [
  { name: 'place.sh', says: 'Place an order: 202, and its id', text: place },
  { name: 'repeat.sh', says: 'Send it again: the same answer, Idempotent-Replayed: true', text: repeat },
  { name: 'conflict.sh', says: 'Another body under the same key: 422 and why', text: conflict },
  { name: 'watch.sh', says: 'Watch it, event by event', text: watch },
  { name: 'place-order.ts', says: 'All of it in TypeScript, on @millrace/client', text: placeInTypeScript },
];

/** How a first order is placed, repeated and watched: to copy. */
export const FirstOrder = () => (
  <section id="first-order" class="card wide" aria-labelledby="first-order-title">
    <div class="head">
      <h2 id="first-order-title">Your first order</h2>
      <p class="links">
        <a href="/docs">API reference</a>
        <a href="/openapi.json">openapi.json</a>
        <a href="/problems">Problems</a>
      </p>
    </div>
    <p class="note">
      curl 7.84 or newer, and a key with <code>orders:write</code> and <code>orders:read</code>: its text was
      shown once, when it was made. The scripts are those of <code>examples/</code>.
    </p>
    <Copyable label="Address and key" text={`export API=${location.origin} KEY='<the text of your key>'`} />
    {steps.map(({ name, says, text }, i) => (
      <details key={name} open={i === 0}>
        <summary>
          <code>{name}</code> – {says}
        </summary>
        <Copyable label={name} text={text} />
      </details>
    ))}
  </section>
);
