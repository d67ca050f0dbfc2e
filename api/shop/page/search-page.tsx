import { address, withParameters } from '../../dashboard/page/router.ts';
import { ownOrders } from './orders.ts';
import { orderPath } from './paths.ts';
import { Fault, Loading, ProductCard } from './parts.tsx';
import { Trending } from './suggestions.tsx';
import { useAnswer } from './use-answer.ts';
import type { Shopper } from './visitor.ts';

const limit = '24';

/** Products by words; without words all of them, behind what is trending and this browser's orders. */
export function SearchPage({ shopper }: { shopper: Shopper }) {
  const words = address.value.query.get('q')?.trim() ?? '';
  const cursor = address.value.query.get('cursor');
  const query = { limit, ...(words === '' ? {} : { q: words }), ...(cursor === null ? {} : { cursor }) };
  const { answer, problem, again } = useAnswer(`search ${JSON.stringify(query)}`, (signal) =>
    shopper.client.GET('/v1/catalogue', { params: { query }, signal }),
  );
  const state = answer ? (answer.data.length === 0 ? 'empty' : 'ready') : problem ? 'error' : 'loading';
  const isFront = words === '' && cursor === null;
  return (
    <>
      <h1>{words === '' ? 'All products' : `Products called “${words}”`}</h1>
      {isFront ? <Trending shopper={shopper} /> : null}
      <section id="results" aria-label="Products" aria-busy={state === 'loading'} data-state={state}>
        {problem ? <Fault problem={problem} onRetry={again} /> : null}
        {state === 'loading' ? <Loading what="products" /> : null}
        {state === 'empty' ? (
          <p class="empty">
            <strong>No product has all these words in its name.</strong>
            Try one word, such as <a href="/shop?q=heart">heart</a>, or see <a href="/shop">all products</a>.
          </p>
        ) : null}
        <ul class="products">
          {answer?.data.map((product) => (
            <ProductCard key={product.sku} product={product} currency={shopper.currency} />
          ))}
        </ul>
        <p class="links">
          {cursor === null ? null : <a href={withParameters({ cursor: null })}>Back to the first page</a>}
          {answer?.nextCursor ? (
            <a href={withParameters({ cursor: answer.nextCursor })}>More products</a>
          ) : null}
        </p>
      </section>
      {ownOrders.value.length === 0 || !isFront ? null : (
        <section aria-labelledby="orders-title">
          <h2 id="orders-title">Your orders</h2>
          <ul class="plain">
            {ownOrders.value.map(({ orderId, at }) => (
              <li key={orderId}>
                <a class="id" href={orderPath(orderId)}>
                  {orderId}
                </a>{' '}
                <span class="note">{new Date(at).toLocaleString()}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
