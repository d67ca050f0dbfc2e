import { useEffect, useState } from 'preact/hooks';
import type { OrderEvent, Problem } from '../../client/millrace-client.ts';
import { count, instant, money } from '../../dashboard/page/format.ts';
import { address } from '../../dashboard/page/router.ts';
import { Fault, Loading } from './parts.tsx';
import { productPath } from './paths.ts';
import { useAgainLater, useAnswer } from './use-answer.ts';
import type { Shopper } from './visitor.ts';
import { type AnyOrder, stepOf, steps, tell } from './words.ts';

/** What happened to an order so far, as its stream tells; `onEvent` at each piece of news. Nothing is asked before the order is known. */
function useEvents({ client }: Shopper, orderId: string, isKnown: boolean, onEvent: () => void) {
  const [events, setEvents] = useState<readonly OrderEvent[]>([]);
  const [broken, setBroken] = useState<Problem | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (!isKnown) return undefined;
    const over = new AbortController();
    setEvents([]);
    setBroken(null);
    const follow = async (): Promise<void> => {
      for await (const item of client.orderEvents(orderId, { signal: over.signal })) {
        if (item.is === 'failed') return setBroken(item.problem);
        if (item.is === 'event') {
          const { event } = item;
          setEvents((before) => [...before.filter(({ position }) => position !== event.position), event]);
        }
        onEvent();
      }
    };
    void follow();
    return () => over.abort();
  }, [orderId, client, isKnown, tries]);
  const again = (): void => setTries((n) => n + 1);
  useAgainLater(broken, again);
  return { events, broken, again };
}

/** One order, watched by its event stream until it is confirmed or refused, and on. */
export function OrderPage({ shopper, orderId }: { shopper: Shopper; orderId: string }) {
  const { client, visitor } = shopper;
  // the view may not have come so far yet when a page has just ordered: with its place in the log it is waited for
  const after = address.value.query.get('after');
  const query = after === null ? {} : { after };
  const { answer, problem, again } = useAnswer<AnyOrder>(`order ${orderId}`, (signal) =>
    client.GET('/v1/orders/{id}', { params: { path: { id: orderId }, query }, signal }),
  );
  useAgainLater(problem, again);
  const { events, broken, again: followAgain } = useEvents(shopper, orderId, answer !== null, again);
  const at = (text: string): string => instant(text, Date.now(), visitor.store.timeZone);
  const dashboard = (
    <a href={`/orders/${encodeURIComponent(orderId)}`}>The same order in the dashboard, with every record</a>
  );
  const isMissing = problem?.code === 'not-found' || problem?.code === 'invalid-id';
  return (
    <>
      <h1>
        Your order <span class="id">{orderId}</span>
      </h1>
      {answer ? <State order={answer} /> : null}
      {answer || problem ? null : <Loading what="the order" />}
      {!answer && isMissing ? (
        <p class="empty">
          <strong>This is no order of yours.</strong>
          Each browser is a customer of its own. {dashboard}
        </p>
      ) : null}
      {problem && !isMissing ? <Fault problem={problem} onRetry={again} /> : null}
      {answer && broken ? <Fault problem={broken} onRetry={followAgain} /> : null}
      {answer && answer.status !== 'parked' ? <Lines order={answer} /> : null}
      {events.length === 0 ? null : (
        <section class="card" aria-labelledby="events-title">
          <h2 id="events-title">What happened</h2>
          <ol class="timeline">
            {events.map(({ position, type, status, at: when }) => (
              <li key={position}>
                <time dateTime={when}>{at(when)}</time>
                <span>
                  <strong>{type}</strong> → {status}
                </span>
              </li>
            ))}
          </ol>
          <p class="note">Times in {visitor.store.timeZone}.</p>
        </section>
      )}
      {answer ? <p class="links">{dashboard}</p> : null}
    </>
  );
}

function State({ order }: { order: AnyOrder }) {
  const { title, text, tone } = tell(order);
  const now = stepOf(order);
  return (
    <section id="state" class={`card state ${tone}`} data-status={order.status} aria-labelledby="state-title">
      <div role="status">
        <h2 id="state-title" class={`word ${tone}`}>
          {title}
        </h2>
        <p>{text}</p>
      </div>
      {now === null ? null : (
        <ol class="steps">
          {steps.map((name, i) => (
            <li
              key={name}
              class={i < now ? 'done' : i === now ? 'now' : ''}
              aria-current={i === now ? 'step' : undefined}
            >
              <span aria-hidden="true">{i < now ? '✓' : i === now ? '…' : '○'}</span> {name}
              <span class="hidden">{i < now ? ' (done)' : i === now ? ' (now)' : ' (to come)'}</span>
            </li>
          ))}
        </ol>
      )}
      {tone === 'bad' ? (
        <p>
          <a href="/shop/cart">Back to the cart</a>
        </p>
      ) : null}
    </section>
  );
}

const Lines = ({ order }: { order: Exclude<AnyOrder, { status: 'parked' }> }) => (
  <section class="card" aria-labelledby="lines-title">
    <h2 id="lines-title">What you ordered</h2>
    <ul class="plain">
      {order.lines.map(({ line, sku, quantity, unitPriceMinor }) => (
        <li key={line}>
          {count(quantity)} × <a href={productPath(sku)}>{sku}</a>, {money(unitPriceMinor, order.currency)}{' '}
          each
        </li>
      ))}
    </ul>
    <p>
      Total <strong>{money(order.totalMinor, order.currency)}</strong> · payment {order.payment.status}
      {order.payment.capturedMinor > 0 ? `, ${money(order.payment.capturedMinor, order.currency)} taken` : ''}
      {order.payment.refundedMinor > 0
        ? `, ${money(order.payment.refundedMinor, order.currency)} given back`
        : ''}
    </p>
  </section>
);
