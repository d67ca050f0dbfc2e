import { useState } from 'preact/hooks';
import type { components } from '../../client/millrace-client.ts';
import { count, money } from '../../dashboard/page/format.ts';
import { addToCart, quantityMax } from './cart.ts';
import { Fault, Loading, priceIn, type Product } from './parts.tsx';
import { BoughtTogether } from './suggestions.tsx';
import { useAnswer } from './use-answer.ts';
import type { Shopper } from './visitor.ts';

type Stock = components['schemas']['Stock'];
/** Below this a shopper is told how many are left. */
const fewLeft = 10;

/** What the stock says to somebody who wants to buy; null: it is not known. */
export function stockWords(stock: Pick<Stock, 'available' | 'halted'> | null): {
  readonly text: string;
  readonly tone: 'good' | 'bad' | 'open';
  readonly isOut: boolean;
} {
  if (stock === null) return { text: 'Stock not known right now', tone: 'open', isOut: false };
  if (stock.halted) return { text: 'Not sold at the moment', tone: 'bad', isOut: true };
  if (stock.available < 1) return { text: 'Out of stock', tone: 'bad', isOut: true };
  const text = stock.available < fewLeft ? `Only ${count(stock.available)} left` : 'In stock';
  return { text, tone: 'good', isOut: false };
}

const signs = { good: '✓', bad: '✕', open: '…' } as const;

/** One product: its price, whether it is there, and what goes with it. */
export function ProductPage({ shopper, sku }: { shopper: Shopper; sku: string }) {
  const { client } = shopper;
  const { answer, problem, again } = useAnswer(`product ${sku}`, (signal) =>
    client.GET('/v1/catalogue/{sku}', { params: { path: { sku }, query: {} }, signal }),
  );
  if (!answer) {
    return (
      <>
        <h1>{sku}</h1>
        {problem?.code === 'not-found' ? (
          <p class="empty">
            <strong>We do not sell this.</strong> <a href="/shop">All products</a>
          </p>
        ) : problem ? (
          <Fault problem={problem} onRetry={again} />
        ) : (
          <Loading what="the product" />
        )}
      </>
    );
  }
  return (
    <>
      <Offer product={answer} shopper={shopper} />
      <BoughtTogether sku={answer.sku} shopper={shopper} />
    </>
  );
}

function Offer({ product, shopper }: { product: Product; shopper: Shopper }) {
  const { sku, name } = product;
  const { client, currency } = shopper;
  const [told, setTold] = useState('');
  const [quantity, setQuantity] = useState(1);
  const { answer, problem } = useAnswer(`stock ${sku}`, (signal) =>
    client.GET('/v1/stock/{sku}', { params: { path: { sku }, query: {} }, signal }),
  );
  // never received: there is a product and no stock of it
  const stock = problem?.code === 'not-found' ? { available: 0, halted: false } : answer;
  const { text, tone, isOut } = stockWords(stock);
  const price = priceIn(product, currency);
  const add = (event: Event): void => {
    event.preventDefault();
    if (addToCart({ sku, name, quantity })) setTold(`${count(quantity)} × ${name} added to the cart.`);
  };
  return (
    <section class="card offer" aria-labelledby="product-title">
      <h1 id="product-title">{name}</h1>
      <p class="id">{sku}</p>
      <p class="price big">{price === null ? `Not sold in ${currency}` : money(price, currency)}</p>
      <p id="stock" class={`word ${tone}`}>
        <span aria-hidden="true">{signs[tone]}</span> {answer || problem ? text : 'Looking at the stock…'}
      </p>
      {price === null || isOut ? null : (
        <form class="row" onSubmit={add}>
          <label for="quantity">Pieces</label>
          <input
            id="quantity"
            type="number"
            min={1}
            max={quantityMax}
            required
            value={quantity}
            onInput={({ currentTarget }) =>
              setQuantity(Math.max(1, Math.floor(currentTarget.valueAsNumber) || 1))
            }
          />
          <button type="submit">Add to cart</button>
        </form>
      )}
      <p role="status">
        {told} {told === '' ? null : <a href="/shop/cart">Go to the cart</a>}
      </p>
    </section>
  );
}
