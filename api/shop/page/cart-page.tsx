import { useEffect, useState } from 'preact/hooks';
import { freshKey } from '../../client/fresh-key.ts';
import type { components, Problem } from '../../client/millrace-client.ts';
import { count, instant, money } from '../../dashboard/page/format.ts';
import { go } from '../../dashboard/page/router.ts';
import { AddressFields, addressOf } from './address-fields.tsx';
import { cart, type CartLine, quantityMax, rereadCart, setCart, storedCart, withQuantity } from './cart.ts';
import { formText } from './form-text.ts';
import { intents, inTurn } from './intents.ts';
import { rememberOrder } from './orders.ts';
import { orderPath, productPath } from './paths.ts';
import { Fault, Loading } from './parts.tsx';
import { type Intent, type Paid, pay } from './pay.ts';
import { testTokens } from './test-tokens.ts';
import { useAnswer } from './use-answer.ts';
import { enterAnew, type Shopper } from './visitor.ts';

type Quote = components['schemas']['Quote'];

type Paying =
  | { readonly is: 'choosing' }
  | Extract<Paid, { readonly is: 'refused' | 'outdated' | 'forgotten' }>
  | { readonly is: 'sending' }
  | { readonly is: 'unknown'; readonly problem: Problem };

/** The cart, what it costs and until when, where it goes, and how it is paid. */
export function CartPage({ shopper }: { shopper: Shopper }) {
  const [paying, setPaying] = useState<Paying>({ is: 'choosing' });

  const send = async (wanted: Intent | null): Promise<void> => {
    setPaying({ is: 'sending' });
    const till = {
      customerId: shopper.visitor.customerId,
      intents,
      cart: storedCart,
      place: ({ key, order }: Intent) => shopper.client.placeOrder(order, { idempotencyKey: key }),
      onPlaced(orderId: string): void {
        setCart([]);
        rememberOrder(orderId);
      },
    };
    const paid = await inTurn(() => pay(till, wanted));
    rereadCart(); // another window's news of it may still be on its way
    if (paid.is === 'placed')
      go(`${orderPath(paid.orderId)}?${new URLSearchParams({ after: paid.position })}`);
    else if (paid.is === 'unknown' && paid.problem.status === 401) await enterAnew();
    else setPaying(paid);
  };
  /** Sends what an earlier page, or the last try, left behind: the same key, so the same order. */
  const resume = (): void => void send(null);
  useEffect(() => {
    if (intents.read()) resume();
  }, []);

  if (paying.is === 'sending') {
    return (
      <>
        <h1>Cart</h1>
        <div id="sending" role="status" class="card">
          <strong>Placing your order…</strong> You may close or reload this page: it goes on under the same
          key, and becomes one order.
        </div>
      </>
    );
  }
  if (paying.is === 'unknown') {
    const forget = (): void => {
      intents.write(null);
      setPaying({ is: 'choosing' });
    };
    return (
      <>
        <h1>Cart</h1>
        <section class="card" id="unknown">
          <h2>We do not know yet whether your order was taken</h2>
          <p>Try again: it is sent under the same key, so it becomes one order however often you try.</p>
          <Fault problem={paying.problem} onRetry={resume} />
          <p>
            <button type="button" class="quiet" onClick={forget}>
              Forget it and go back to the cart (it may have been ordered)
            </button>
          </p>
        </section>
      </>
    );
  }
  return (
    <>
      <h1>Cart</h1>
      {paying.is === 'outdated' ? (
        <p class="card" role="alert" id="outdated">
          <strong>Nothing was sent from this window.</strong> Another window of this browser was quicker: it
          ordered or changed the cart. This is the cart as it is now.
        </p>
      ) : null}
      {paying.is === 'forgotten' ? <Forgotten customerId={paying.customerId} /> : null}
      {cart.value.length === 0 ? (
        <p class="empty">
          <strong>Your cart is empty.</strong> <a href="/shop">Find something</a>
        </p>
      ) : (
        <Checkout
          shopper={shopper}
          lines={cart.value}
          refused={paying.is === 'refused' ? paying.problem : null}
          onPay={(intent) => void send(intent)}
        />
      )}
    </>
  );
}

/** What can be said of a wish of a visitor who is over: all but what became of it. */
const Forgotten = ({ customerId }: { customerId: string }) => (
  <section class="card" role="alert" id="forgotten">
    <h2>We cannot find out whether your last order was taken</h2>
    <p>
      It was sent as a visitor whose visit is over; this browser is a new visitor now. The order may exist. If
      so, it goes on, and nobody but that visitor may see it here: the store finds it under customer{' '}
      <span class="id">{customerId}</span>.
    </p>
    <p>It is not sent again. What is still in the cart may have been ordered already.</p>
  </section>
);

interface CheckoutProps {
  readonly shopper: Shopper;
  readonly lines: readonly CartLine[];
  /** Why the last try to pay made no order. */
  readonly refused: Problem | null;
  readonly onPay: (intent: Intent) => void;
}

function Checkout({ shopper, lines, refused, onPay }: CheckoutProps) {
  const { client, currency, visitor } = shopper;
  const wanted = lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const { answer, problem, again } = useAnswer(`quote ${JSON.stringify(wanted)}`, (signal) =>
    client.POST('/v1/quotes', { body: { currency, lines: wanted }, signal }),
  );
  const expiresAt = answer?.expiresAt;
  useEffect(() => {
    if (expiresAt === undefined) return undefined;
    const timer = setTimeout(again, Math.max(1_000, Date.parse(expiresAt) - Date.now()));
    return () => clearTimeout(timer);
  }, [expiresAt]);
  useEffect(() => {
    if (refused?.code === 'quote-stale') again();
  }, [refused]);
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    if (!answer) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    onPay({
      key: freshKey(),
      order: {
        customerId: visitor.customerId,
        currency,
        lines: wanted,
        quoteId: answer.quoteId,
        expectedTotalMinor: answer.totalMinor,
        paymentToken: formText(form, 'token'),
        shipTo: addressOf(form),
      },
    });
  };
  return (
    <>
      {refused ? <Fault problem={refused} /> : null}
      <section class="card" aria-labelledby="lines-title">
        <h2 id="lines-title">In your cart</h2>
        <ul class="plain">
          {lines.map((line) => (
            <Line key={line.sku} line={line} quote={answer} currency={currency} />
          ))}
        </ul>
      </section>
      <form class="checkout" onSubmit={onSubmit}>
        <div class="card">
          <AddressFields />
        </div>
        <div class="card">
          <fieldset>
            <legend>Pay with</legend>
            <p class="note">Test tokens of the simulated bank. Each does what it says.</p>
            {testTokens.map(({ token, name, does }, i) => (
              <p class="choice" key={token}>
                <input type="radio" id={token} name="token" value={token} defaultChecked={i === 0} />
                <label for={token}>
                  <strong>{name}</strong> <code>{token}</code>
                  <span class="note">{does}</span>
                </label>
              </p>
            ))}
          </fieldset>
        </div>
        <section
          class="card"
          id="quote"
          aria-labelledby="quote-title"
          data-state={answer ? 'ready' : problem ? 'error' : 'loading'}
        >
          <h2 id="quote-title">What it costs</h2>
          {problem ? <Fault problem={problem} onRetry={again} /> : null}
          {answer || problem ? null : <Loading what="the price" />}
          {answer ? <Costs quote={answer} timeZone={visitor.store.timeZone} /> : null}
          <button type="submit" disabled={!answer}>
            {answer ? `Order and pay ${money(answer.totalMinor, currency)}` : 'Order and pay'}
          </button>
        </section>
      </form>
    </>
  );
}

function Line({ line, quote, currency }: { line: CartLine; quote: Quote | null; currency: string }) {
  const { sku, name, quantity } = line;
  const priced = quote?.lines.find((one) => one.sku === sku);
  const change = (to: number): boolean => setCart(withQuantity(cart.value, sku, to));
  return (
    <li class="row">
      <a class="grow" href={productPath(sku)}>
        {name}
      </a>
      <label class="hidden" for={`n-${sku}`}>
        Pieces of {name}
      </label>
      <input
        id={`n-${sku}`}
        type="number"
        min={1}
        max={quantityMax}
        value={quantity}
        onChange={({ currentTarget }) => change(Math.max(1, Math.floor(currentTarget.valueAsNumber) || 1))}
      />
      <span class="price">{priced ? money(priced.netMinor, currency) : '–'}</span>
      <button type="button" class="quiet" aria-label={`Remove ${name}`} onClick={() => change(0)}>
        Remove
      </button>
    </li>
  );
}

function Costs({ quote, timeZone }: { quote: Quote; timeZone: string }) {
  const { currency, taxRule } = quote;
  const sum = (amounts: readonly number[]): number => amounts.reduce((all, one) => all + one, 0);
  const tax = sum([...quote.lines.map(({ taxMinor }) => taxMinor), quote.shippingTaxMinor]);
  const rows = [
    [
      `Goods (${count(sum(quote.lines.map(({ quantity }) => quantity)))} pieces)`,
      sum(quote.lines.map(({ netMinor }) => netMinor)),
    ],
    ['Shipping', quote.shippingMinor],
    [taxRule === 'inclusive' ? 'Tax, already in it' : 'Tax', tax],
    ['Total', quote.totalMinor],
  ] as const;
  return (
    <>
      <dl class="costs">
        {rows.map(([name, minor]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{money(minor, currency)}</dd>
          </div>
        ))}
      </dl>
      <p class="note" id="expiry">
        A signed price, held until {instant(quote.expiresAt, Date.now(), timeZone)} ({timeZone}); then you get
        a new one.
      </p>
    </>
  );
}
