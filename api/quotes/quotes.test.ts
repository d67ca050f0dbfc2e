import { describe, expect, test } from 'vitest';
import { takesAmount } from '../../infra/psp/takes-amount.ts';
import type { Intake, Submission } from '../../producers/intake/intake.ts';
import { quoteTtlMs } from '../../producers/intake/quote.ts';
import { formatQuote, readQuote } from '../../producers/intake/quote-token.ts';
import type { Command, PlaceOrder } from '../../schemas/generated/orders-commands.ts';
import { createTopicCodec } from '../../schemas/topic-codec.ts';
import { StoreDirectory } from '../auth/store-directory.ts';
import { Catalogue } from '../catalogue/catalogue.ts';
import type { Answer } from '../http/answer.ts';
import type { Problem } from '../http/problem.ts';
import type { Call } from '../http/route.ts';
import type { Claims, StoredAnswer } from '../idempotency/claims.ts';
import { type PlaceOrderParts, placeOrderRoute } from '../orders/place-order.ts';
import type { OrderReader } from '../views/order-reader.ts';
import { createQuoteRoute } from './create-quote.ts';
import type { QuoteAnswer } from './quote-answer.ts';

const noQuotas = { take: async () => ({ giveBack: async () => undefined }) };

const startMs = 1_700_000_000_000;
const quoteSecrets = ['a secret of the tests, long enough'];
const lines = [{ sku: '85123A', quantity: 6 }];
const codec = createTopicCodec<Command>('orders.commands.v1', 7);

/** A shop in memory whose prices and clock a test sets by hand; what it takes stands in `taken`. */
function openShop(psp: Parameters<typeof takesAmount>[0] = 'simulator') {
  let nowMs = startMs;
  const directory = new StoreDirectory();
  const catalogue = new Catalogue();
  const taken: PlaceOrder[] = [];
  const claims = new Map<string, { fingerprint: string; answer: StoredAnswer }>();
  for (const store of ['S1', 'S2']) {
    directory.apply({
      store,
      atMs: nowMs,
      requestId: null,
      body: {
        type: 'StorePut',
        name: store,
        timeZone: 'Europe/London',
        currencies: ['GBP', 'EUR', 'KWD'],
        live: false,
        taxRule: 'exclusive',
        shippingMinor: 100,
        shippingTaxBp: 0,
        dailyQuota: null,
      },
    });
  }
  let version = 0;
  const sell = (unitMinor: number): void => {
    version += 1;
    for (const store of ['S1', 'S2']) {
      catalogue.apply(0, {
        seq: version,
        writer: 'w',
        cause: { offset: version, source: null, seq: null, index: null },
        atMs: nowMs,
        routedThrough: 0,
        version: 1,
        body: {
          type: 'ProductPut',
          store,
          sku: '85123A',
          version,
          name: 'Heart',
          prices: [
            { currency: 'EUR', unitMinor },
            { currency: 'GBP', unitMinor },
            { currency: 'KWD', unitMinor },
          ],
          taxBp: 2_000,
          commandId: null,
          fingerprint: null,
          requestId: null,
        },
      });
    }
  };
  sell(255);
  const parts = {
    directory,
    catalogue,
    codec,
    quoteSecrets,
    takes: (total) => takesAmount(psp, total),
    fingerprintSecret: 'f',
    sealer: { sealFor: async () => () => 'sealed' },
    nowMs: () => nowMs,
    orders: {
      read: async () => ({ order: null, placing: null, partition: 0, position: { cause: 0, atMs: nowMs } }),
    } as unknown as OrderReader,
    quotas: noQuotas,
    claims: {
      lostAtMs: 0,
      enter: () => null,
      leave: () => undefined,
      hold: () => () => undefined,
      release: async () => undefined,
      claim: async ({ commandId }: { commandId: string }) => {
        const done = claims.get(commandId);
        return done ? { is: 'done', ...done } : { is: 'ours', unknownSinceMs: null };
      },
      finish: async (
        { commandId, fingerprint }: { commandId: string; fingerprint: string },
        _: unknown,
        answer: StoredAnswer,
      ) => {
        claims.set(commandId, { fingerprint, answer });
      },
    } as unknown as Claims,
    intake: {
      submit: async ({ value }: Submission) => {
        const decoded = codec.decode(value);
        if (decoded.is === 'value') taken.push(decoded.value.body as PlaceOrder);
        return { is: 'appended', partition: 0, offset: taken.length };
      },
    } as unknown as Intake,
  } satisfies PlaceOrderParts;
  const call = (store: string, body: object, scopes: readonly string[] = []): Call =>
    ({
      principal: { store, scopes: new Set(scopes) },
      body,
      idempotencyKey: JSON.stringify(body),
      requestId: 'r-1',
      traceparent: null,
    }) as unknown as Call;
  return {
    taken,
    sell,
    pass: (ms: number) => {
      nowMs += ms;
    },
    async quote(store = 'S1', of: object = {}): Promise<QuoteAnswer> {
      const answer = await createQuoteRoute(parts).handle(call(store, { currency: 'GBP', lines, ...of }));
      return JSON.parse(answer?.body ?? '') as QuoteAnswer;
    },
    order: (of: object, store = 'S1', scopes: readonly string[] = []): Promise<Answer | null> =>
      placeOrderRoute(parts).handle(
        call(store, { customerId: 'c-1', currency: 'GBP', lines, paymentToken: 'tok_ok', ...of }, scopes),
      ),
  };
}

/** The problem a request ends with. */
const problemOf = (answer: Promise<unknown>): Promise<Problem> =>
  answer.then(
    () => Promise.reject(new Error('it was accepted')),
    (problem: Problem) => problem,
  );

test('a quote shows prices, tax, shipping and total of now, and its expiry', async () => {
  expect(await openShop().quote()).toEqual({
    quoteId: expect.any(String) as string,
    expiresAt: new Date(startMs + quoteTtlMs).toISOString(),
    currency: 'GBP',
    lines: [
      {
        sku: '85123A',
        quantity: 6,
        unitPriceMinor: 255,
        netMinor: 1_530,
        taxBasisPoints: 2_000,
        taxMinor: 306,
        priceVersion: 1,
      },
    ],
    taxRule: 'exclusive',
    shippingMinor: 100,
    shippingTaxMinor: 0,
    totalMinor: 1_936,
  });
});

test('its price is honoured until it expires, though the catalogue has changed', async () => {
  const shop = openShop();
  const { quoteId, totalMinor } = await shop.quote();
  shop.sell(999);
  shop.pass(quoteTtlMs - 1);
  expect(await shop.order({ quoteId, expectedTotalMinor: totalMinor })).toMatchObject({ status: 202 });
  expect(shop.taken).toMatchObject([
    { totalMinor, pricedBy: 'catalogue', lines: [{ unitMinor: 255, priceVersion: 1 }] },
  ]);
});

describe('a quote that is stale', () => {
  test('is refused when it expires, with the new quote, which is honoured', async () => {
    const shop = openShop();
    const { quoteId } = await shop.quote();
    shop.sell(300);
    shop.pass(quoteTtlMs);
    const problem = await problemOf(shop.order({ quoteId }));
    expect(problem.code).toBe('quote-stale');
    const fresh = problem.details.quote as QuoteAnswer;
    expect(fresh).toMatchObject({ totalMinor: 1_800 + 360 + 100, lines: [{ priceVersion: 2 }] });
    expect(await shop.order({ quoteId: fresh.quoteId })).toMatchObject({ status: 202 });
    expect(shop.taken).toHaveLength(1);
  });

  test.each([
    ['was changed', (token: string) => token.replace('.', '.x')],
    ['is nothing of ours', () => 'cart-42'],
    [
      'was signed with a secret we do not know',
      (token: string) => formatQuote(['another secret of somebody'], readQuote(quoteSecrets, token) as never),
    ],
  ])('that %s is refused in the same way', async (_, change) => {
    const shop = openShop();
    const { quoteId } = await shop.quote();
    const problem = await problemOf(shop.order({ quoteId: change(quoteId) }));
    expect(problem).toMatchObject({ code: 'quote-stale', details: { quote: { totalMinor: 1_936 } } });
    expect(shop.taken).toEqual([]);
  });
});

test.each([
  ['other lines', 'S1', { lines: [{ sku: '85123A', quantity: 7 }] }, 'validation-failed /lines'],
  ['another currency', 'S1', { currency: 'EUR' }, 'currency-mismatch /currency'],
  ['another store', 'S2', {}, 'validation-failed /quoteId'],
  ['prices beside it', 'S1', { shippingMinor: 0 }, 'price-mismatch /shippingMinor'],
  ['another total', 'S1', { expectedTotalMinor: 1 }, 'total-mismatch /expectedTotalMinor'],
])('a quote does not serve an order with %s', async (_, store, of, wanted) => {
  const shop = openShop();
  const { quoteId } = await shop.quote();
  const { code, details } = await problemOf(shop.order({ quoteId, ...of }, store, ['orders:priced']));
  expect(`${code} ${details.errors?.map(({ pointer }) => pointer).join(' ')}`).toBe(wanted);
});

test('a retry is looked up before it is priced: the quote it names may have expired meanwhile', async () => {
  const shop = openShop();
  const { quoteId } = await shop.quote();
  const first = await shop.order({ quoteId });
  shop.sell(999);
  shop.pass(2 * quoteTtlMs);
  const again = await shop.order({ quoteId });
  expect(again).toMatchObject({ status: 202, headers: { 'Idempotent-Replayed': 'true' } });
  expect(again?.body).toBe(first?.body);
  expect(shop.taken).toHaveLength(1);
});

test('a total the provider cannot take is refused at the quote, and at the order', async () => {
  const dinars = { currency: 'KWD' };
  // 6 × 255 + 306 of tax + 100: its last digit is not 0, as Stripe wants it
  expect(await openShop().quote('S1', dinars)).toMatchObject({ totalMinor: 1_936 });
  const shop = openShop('stripe');
  for (const refused of [shop.quote('S1', dinars), shop.order(dinars)]) {
    expect(await problemOf(refused)).toMatchObject({ code: 'amount-out-of-range' });
  }
  expect(await shop.quote()).toMatchObject({ totalMinor: 1_936 });
});
