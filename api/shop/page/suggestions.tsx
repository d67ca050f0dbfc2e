import type { Answer } from '../../client/millrace-client.ts';
import { count } from '../../dashboard/page/format.ts';
import { ProductCard, type Product } from './parts.tsx';
import { useAnswer } from './use-answer.ts';
import type { Shopper } from './visitor.ts';

interface Counted {
  readonly data: readonly {
    readonly sku: string;
    readonly orders: number;
    readonly product: Product | null;
  }[];
  readonly completeUntil: string;
}

/**
 * What others bought. It comes from the analytics store, and the shop sells without it: where it is away, or nothing was
 * sold yet, one line says so.
 */
function Suggestions(props: {
  readonly id: string;
  readonly title: string;
  readonly question: string;
  readonly ask: (signal: AbortSignal) => Promise<Answer<Counted>>;
  readonly empty: string;
  readonly shopper: Shopper;
}) {
  const { id, title, shopper } = props;
  const { answer, problem } = useAnswer(props.question, props.ask);
  const rows = answer?.data.filter(({ product }) => product !== null).slice(0, 6) ?? [];
  const state = answer ? (rows.length === 0 ? 'empty' : 'ready') : problem ? 'error' : 'loading';
  return (
    <section aria-labelledby={`${id}-title`} id={id} data-state={state}>
      <h2 id={`${id}-title`}>{title}</h2>
      {state === 'loading' ? <p class="note">Looking…</p> : null}
      {state === 'error' ? (
        <p class="note">This cannot be told right now. The shop sells all the same.</p>
      ) : null}
      {state === 'empty' ? <p class="note">{props.empty}</p> : null}
      <ul class="products">
        {rows.map(({ sku, orders, product }) =>
          product ? (
            <ProductCard
              key={sku}
              product={product}
              currency={shopper.currency}
              note={`in ${count(orders)} ${orders === 1 ? 'order' : 'orders'}`}
            />
          ) : null,
        )}
      </ul>
    </section>
  );
}

export const BoughtTogether = ({ sku, shopper }: { sku: string; shopper: Shopper }) => (
  <Suggestions
    id="related"
    title="Bought together"
    question={`related ${sku}`}
    ask={(signal) =>
      shopper.client.GET('/v1/catalogue/{sku}/related', { params: { path: { sku }, query: {} }, signal })
    }
    empty="Nobody has bought anything with it in the last 30 days."
    shopper={shopper}
  />
);

export const Trending = ({ shopper }: { shopper: Shopper }) => (
  <Suggestions
    id="trending"
    title="Trending this week"
    question="trending"
    ask={(signal) => shopper.client.GET('/v1/catalogue/trending', { params: { query: {} }, signal })}
    empty="Nothing sells more than last week."
    shopper={shopper}
  />
);
