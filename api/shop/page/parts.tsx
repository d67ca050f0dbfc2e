import { useState } from 'preact/hooks';
import type { components, Problem } from '../../client/millrace-client.ts';
import { dash, money } from '../../dashboard/page/format.ts';
import { addToCart } from './cart.ts';
import { productPath } from './paths.ts';

export type Product = components['schemas']['Product'];

/** What went wrong, whom to name it to, and a way to try again. */
export const Fault = ({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) => (
  <div class="error" role="alert">
    <strong>{problem.title}</strong>
    <span>{problem.detail}</span>
    {problem.requestId === null ? null : <span class="note">Request {problem.requestId}</span>}
    {onRetry ? (
      <button type="button" class="quiet" onClick={onRetry}>
        Try again
      </button>
    ) : null}
  </div>
);

export const Loading = ({ what }: { what: string }) => (
  <div class="skeleton" role="status">
    <span class="hidden">Loading {what}</span>
  </div>
);

/** One piece's price in a currency; null where the product is not sold in it. */
export const priceIn = ({ prices }: Pick<Product, 'prices'>, currency: string): number | null =>
  prices.find((price) => price.currency === currency)?.unitPriceMinor ?? null;

/** A product in a list. `note` is shown beneath its price. */
export function ProductCard({
  product,
  currency,
  note,
}: {
  product: Product;
  currency: string;
  note?: string;
}) {
  const [added, setAdded] = useState(0);
  const { sku, name } = product;
  const price = priceIn(product, currency);
  const add = (): void => {
    if (addToCart({ sku, name, quantity: 1 })) setAdded(added + 1);
  };
  return (
    <li class="card product">
      <a class="name" href={productPath(sku)}>
        {name}
      </a>
      <span class="id">{sku}</span>
      <span class="price">{price === null ? dash : money(price, currency)}</span>
      {note === undefined ? null : <span class="note">{note}</span>}
      {price === null ? (
        <span class="note">Not sold in {currency}</span>
      ) : (
        <button type="button" class="quiet" onClick={add}>
          Add to cart<span class="hidden">: {name}</span>
        </button>
      )}
      <span class="note" role="status">
        {added === 0 ? '' : `${added} added`}
      </span>
    </li>
  );
}
