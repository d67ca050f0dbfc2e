import { useRef } from 'preact/hooks';
import { ApiProblem, ask, type OrderPage, withQuery } from './api.ts';
import { go } from './router.ts';
import { status } from './session.ts';

const isOrderId = (text: string): boolean => /^o-/i.test(text);

/** Where an id leads: an order, or the orders of a customer or of a SKU; null where nothing has it. Throws ApiProblem. */
async function placeOf(text: string): Promise<string | null> {
  if (isOrderId(text)) return `/orders/${encodeURIComponent(text)}`;
  for (const name of ['customerId', 'sku'] as const) {
    try {
      const { data } = await ask<OrderPage>(withQuery('/v1/orders', { [name]: text, limit: 1 }));
      if (data.length > 0) return withQuery('/orders', { [name]: text });
    } catch (error) {
      // a text that cannot be such an id at all
      if (!(error instanceof ApiProblem) || error.status !== 400) throw error;
    }
  }
  return null;
}

/** One field for any id there is. */
export function Search() {
  const field = useRef<HTMLInputElement>(null);
  const onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const text = field.current?.value.trim() ?? '';
    if (text === '') return;
    try {
      const place = await placeOf(text);
      if (place === null) {
        status.value = { text: `No order, customer or SKU with orders is called ${text}.`, isBad: false };
        return;
      }
      status.value = { text: '', isBad: false };
      if (field.current) field.current.value = '';
      go(place);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      status.value = { text: `${error.problem.title}. Search again.`, isBad: true };
    }
  };
  return (
    <form role="search" class="search" onSubmit={(event) => void onSubmit(event)}>
      <input
        ref={field}
        id="search"
        type="search"
        aria-label="Order, customer or SKU"
        placeholder="Order, customer, SKU"
        maxLength={64}
        spellcheck={false}
      />
    </form>
  );
}
