import { randomUUID } from 'node:crypto';
import { createApiKey } from '../../../schemas/api-key.ts';
import { opIdOf, orderIdOf, parseOrderId } from '../../../schemas/ids.ts';
import { formatQuote } from '../../../producers/intake/quote-token.ts';
import { askApi, askUntil, eventually } from './ask-api.ts';
import type { CorpusPlace } from './corpus-place.ts';
import { readOrder } from './orders-there.ts';
import type { Target } from './exchange.ts';

/** Name and price of what store S1 sells in GBP; S2 sells 85123A in EUR for 300. */
const products: readonly (readonly [sku: string, unitPriceMinor: number])[] = [
  ['85123A', 255],
  ['71053', 375],
  ['22423', 1_275],
  ...Array.from({ length: 10 }, (_, i) => [`BIG${i}`, 999_999_999] as const),
];
const stockEach = 1_000_000;
/** 6 × 255 + 2 × 375 = 2,280. */
const confirmedLines = [
  { sku: '85123A', quantity: 6 },
  { sku: '71053', quantity: 2 },
];
const customer = ['orders:read', 'orders:write'] as const;
const manager = ['catalogue:write', 'stock:write', 'orders:read'] as const;

type Maker = () => Promise<string>;

/** What the placeholders of a case stand for, in two stores made for this run. */
export class Fixtures {
  readonly #place: CorpusPlace;
  readonly #keys: Readonly<Record<string, string>>;
  readonly #managers: Readonly<Record<'S1' | 'S2', string>>;
  /** Made once and kept: nothing a case does changes them. */
  readonly #kept = new Map<string, Promise<string>>();

  private constructor(
    place: CorpusPlace,
    keys: Readonly<Record<string, string>>,
    managers: Readonly<Record<'S1' | 'S2', string>>,
  ) {
    this.#place = place;
    this.#keys = keys;
    this.#managers = managers;
  }

  /** Puts the stores, their keys, products and stock there. */
  static async make(place: CorpusPlace): Promise<Fixtures> {
    const { writer, stores } = place;
    const { S1, S2 } = stores;
    await writer.putStore(S1, ['GBP']);
    await writer.putStore(S2, ['EUR']);
    const managers = { S1: await writer.putKey(S1, manager), S2: await writer.putKey(S2, manager) };
    const keys = {
      'key.full': await writer.putKey(S1, customer),
      'key.readOnly': await writer.putKey(S1, ['orders:read']),
      'key.otherStore': await writer.putKey(S2, customer),
      'key.analyst': await writer.putKey(S1, ['analytics:read']),
      'key.expired': await writer.putKey(S1, customer, { expiresAtMs: 1 }),
      'key.revoked': await writer.putKey(S1, customer),
      'key.unknown': createApiKey('test').text,
    };
    await writer.revokeKey(S1, keys['key.revoked']);
    await askUntil([401], place.target, 'GET', '/v1/orders', { key: keys['key.revoked'] });
    await askUntil([200], place.target, 'GET', '/v1/orders', { key: managers.S2 });
    const made = new Fixtures(place, keys, managers);
    for (const [sku, price] of products) await made.#sell('S1', sku, price);
    await made.#sell('S2', '85123A', 300);
    return made;
  }

  /** The text of a key; undefined for a name that is none. */
  keyOf(name: string): string | undefined {
    return this.#keys[name];
  }

  /** Values of those names that are fixtures here; orders a case may change are its own. */
  async valuesOf(names: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
    const values = new Map(Object.entries(this.#keys));
    const order = { own: '', confirmed: '', shipped: '' };
    const ownOrder = async (state: keyof typeof order): Promise<string> =>
      (order[state] ||= await this.#place1[state]());
    const own: Readonly<Record<string, Maker>> = {
      'order.own': () => ownOrder('own'),
      'order.confirmed': () => ownOrder('confirmed'),
      'order.shipped': () => ownOrder('shipped'),
      'op.own': async () => opIdOf(await ownOrder('confirmed'), 'capture', 1),
    };
    for (const name of names) {
      const makeOwn = own[name];
      const make = this.#shared[name];
      if (makeOwn) values.set(name, await makeOwn());
      else if (make) values.set(name, await this.#keep(name, make));
    }
    return values;
  }

  /** Sets a price of store S1; resolves when this API sells at it. What undoes that. */
  async setPrice(target: Target, sku: string, unitPriceMinor: number): Promise<() => Promise<void>> {
    const key = this.#managers.S1;
    const before = await askUntil([200], target, 'GET', `/v1/catalogue/${sku}`, { key });
    const { prices } = JSON.parse(before.body) as {
      readonly prices: readonly { readonly unitPriceMinor: number }[];
    };
    await this.#putProduct(target, 'S1', sku, unitPriceMinor);
    return () => this.#putProduct(this.#place.target, 'S1', sku, prices[0]?.unitPriceMinor ?? 0);
  }

  /** Gives a key of store S1 a quota of one command a day and uses it up. What undoes that. */
  async useUpQuota(target: Target, name: string): Promise<() => Promise<void>> {
    const key = this.#keys[name];
    if (key === undefined) throw new RangeError(`the runner has no ${name}`);
    const { writer, stores } = this.#place;
    const set = async (dailyQuota: number | null): Promise<void> => {
      await writer.putKey(stores.S1, customer, { text: key, dailyQuota });
      await eventually('the quota of a key', async () => {
        const { headers } = await askApi(target, 'GET', '/v1/orders?limit=1', { key });
        const isSet = headers['ratelimit-policy']?.includes('"key-day";q=1;') ?? false;
        return isSet === (dailyQuota !== null) ? true : null;
      });
    };
    await set(1);
    const body = { customerId: 'c-1', currency: 'GBP', paymentToken: 'tok_ok', lines: confirmedLines };
    await askUntil([202], target, 'POST', '/v1/orders', { key, body });
    return () => set(null);
  }

  #keep(name: string, make: Maker): Promise<string> {
    const kept = this.#kept.get(name) ?? make();
    this.#kept.set(name, kept);
    return kept;
  }

  /** Orders of store S1 in each state, a new one each time. */
  readonly #place1: Readonly<Record<'own' | 'confirmed' | 'shipped', Maker>> = {
    own: () => this.#placeOrder('key.full', { lines: [{ sku: '85123A', quantity: 1 }] }),
    confirmed: () => this.#confirmedOrder(),
    shipped: async () => {
      const orderId = await this.#confirmedOrder();
      const body = { lines: [{ line: 1, quantity: 1 }] };
      const key = this.#keys['key.full'] ?? '';
      const shipped = await askUntil([202], this.#place.target, 'POST', `/v1/orders/${orderId}/shipments`, {
        key,
        body,
      });
      await askUntil([200], this.#place.target, 'GET', shipped.headers['location'] ?? '', { key });
      return orderId;
    },
  };

  readonly #shared: Readonly<Record<string, Maker>> = {
    'order.otherStore': () =>
      this.#placeOrder('key.otherStore', { currency: 'EUR', lines: [{ sku: '85123A', quantity: 1 }] }),
    'order.absent': async () => orderIdOf(this.#place.stores.S1, randomUUID()),
    'cursor.own': () => this.#cursor('key.full', { lines: [{ sku: '71053', quantity: 1 }] }),
    'cursor.otherStore': () =>
      this.#cursor('key.otherStore', { currency: 'EUR', lines: [{ sku: '85123A', quantity: 1 }] }),
    'quote.own': () => this.#quote('key.full', { currency: 'GBP', lines: confirmedLines }),
    'quote.otherStore': () =>
      this.#quote('key.otherStore', { currency: 'EUR', lines: [{ sku: '85123A', quantity: 6 }] }),
    'quote.expired': async () => this.#expiredQuote(),
  };

  async #sell(store: 'S1' | 'S2', sku: string, unitPriceMinor: number): Promise<void> {
    const { target } = this.#place;
    await this.#putProduct(target, store, sku, unitPriceMinor);
    const body = { type: 'receive', quantity: stockEach, reason: 'opening' };
    await askUntil([202], target, 'POST', `/v1/stock/${sku}/movements`, { key: this.#managers[store], body });
  }

  async #putProduct(target: Target, store: 'S1' | 'S2', sku: string, unitPriceMinor: number): Promise<void> {
    const key = this.#managers[store];
    const body = { name: sku, prices: [{ currency: store === 'S1' ? 'GBP' : 'EUR', unitPriceMinor }] };
    const put = await askUntil([202], target, 'PUT', `/v1/catalogue/${sku}`, { key, body });
    await askUntil([200], target, 'GET', put.headers['location'] ?? '', { key });
  }

  async #placeOrder(keyName: string, of: object): Promise<string> {
    const key = this.#keys[keyName] ?? '';
    const body = { customerId: 'c-1', currency: 'GBP', paymentToken: 'tok_ok', ...of };
    const placed = await askUntil([202], this.#place.target, 'POST', '/v1/orders', { key, body });
    const read = await askUntil([200], this.#place.target, 'GET', placed.headers['location'] ?? '', { key });
    const { orderId } = JSON.parse(read.body) as { readonly orderId: string };
    if (parseOrderId(orderId) === null) throw new Error('a placed order has no id');
    return orderId;
  }

  async #confirmedOrder(): Promise<string> {
    const orderId = await this.#placeOrder('key.full', { lines: confirmedLines });
    const key = this.#keys['key.full'] ?? '';
    await eventually(`order ${orderId} confirmed`, async () =>
      (await readOrder(this.#place, orderId, key)).status === 'confirmed' ? true : null,
    );
    return orderId;
  }

  /** Of a list that goes on: two orders are there. */
  async #cursor(keyName: string, of: object): Promise<string> {
    const key = this.#keys[keyName] ?? '';
    await this.#placeOrder(keyName, of);
    await this.#placeOrder(keyName, of);
    return eventually('a list with a second page', async () => {
      const page = await askApi(this.#place.target, 'GET', '/v1/orders?limit=1', { key });
      return (JSON.parse(page.body) as { readonly nextCursor?: string | null }).nextCursor ?? null;
    });
  }

  async #quote(keyName: string, body: object): Promise<string> {
    const key = this.#keys[keyName] ?? '';
    const quoted = await askUntil([200], this.#place.target, 'POST', '/v1/quotes', { key, body });
    return (JSON.parse(quoted.body) as { readonly quoteId: string }).quoteId;
  }

  /** A quote over what `order.confirmed` buys, honoured until a second after the epoch. */
  #expiredQuote(): string {
    const { quoteSecrets, cursorSecret } = this.#place.config;
    const priceOf = new Map(products);
    return formatQuote(quoteSecrets.length > 0 ? quoteSecrets : [cursorSecret], {
      store: this.#place.stores.S1,
      currency: 'GBP',
      expiresAtMs: 1_000,
      taxRule: 'exclusive',
      shippingMinor: 0,
      shippingTaxBp: 0,
      lines: confirmedLines.map((line) => ({
        ...line,
        unitMinor: priceOf.get(line.sku) ?? 0,
        taxBp: 0,
        version: 1,
      })),
    });
  }
}
