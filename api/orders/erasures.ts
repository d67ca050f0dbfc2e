import type { KeyRecord } from '../../infra/clients/customer-keys/key-ring.ts';
import type { OrderView } from '../../schemas/order-view.ts';

/** Which customers were erased, and when: `customers.keys.v1`, folded in memory, about 150 bytes for each. */
export class Erasures {
  /** Epoch ms by store and customer. */
  readonly #erasedAtMs = new Map<string, number>();

  apply({ value }: Pick<KeyRecord, 'value'>): void {
    if (value?.body.type === 'CustomerErased') this.#erasedAtMs.set(nameOf(value), value.atMs);
  }

  /** True if the order was placed before its customer was erased: nobody can open what was sealed in it. */
  hasErased(order: Pick<OrderView, 'store' | 'customerId' | 'createdAtMs'>): boolean {
    const erasedAtMs = this.#erasedAtMs.get(nameOf(order));
    return erasedAtMs !== undefined && order.createdAtMs <= erasedAtMs;
  }
}

const nameOf = ({ store, customerId }: Pick<OrderView, 'store' | 'customerId'>): string =>
  `${store}\0${customerId}`;
