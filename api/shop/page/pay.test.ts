import { expect, test } from 'vitest';
import type { AcceptedOrder, Answer, PlaceOrderRequest, Problem } from '../../client/millrace-client.ts';
import { type Intent, pay, type Till } from './pay.ts';

const lines = [{ sku: 'MUG', quantity: 2 }];
const order: PlaceOrderRequest = { customerId: 'v', currency: 'GBP', lines, paymentToken: 'tok_ok' };
const problem = (code: string, retryable = false): Problem => ({
  type: `/problems/${code}`,
  code,
  title: code,
  status: 0,
  detail: '',
  requestId: null,
  retryable,
});

const taken = { ok: true, data: { orderId: 'o-1', position: '3:7' } } as unknown as Answer<AcceptedOrder>;
const failed = (
  status: number | null,
  outcome: 'none' | 'unknown',
  of = problem('validation-failed'),
): Answer<AcceptedOrder> => ({ ok: false, status, outcome, problem: of, idempotencyKey: 'k' });

/** A browser with a full cart, whose shopper clicks once for each answer, in as many windows as he likes. */
function browser(left: Intent | null = null) {
  let intent = left;
  let cart = [...lines];
  const sent: Intent[] = [];
  const log: string[] = [];
  let wishes = 0;
  let isFull = false;
  const till = (answer: Answer<AcceptedOrder>): Till => ({
    customerId: 'v',
    intents: {
      read: () => intent,
      write(to) {
        if (to && isFull) throw new DOMException('full', 'QuotaExceededError');
        intent = to;
        log.push(to ? 'kept' : 'gone');
      },
    },
    cart: () => cart,
    async place(one) {
      sent.push(one);
      log.push('sent');
      return answer;
    },
    onPlaced: () => void ((cart = []), log.push('cart emptied')),
  });
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine;
    return mine;
  };
  /** What the shopper saw when he clicked is what he wants, however long his window waits for its turn. */
  const click = (answer: Answer<AcceptedOrder>) => {
    const wanted = { key: `key-${(wishes += 1)}`, order: { ...order, lines: [...cart] } };
    return inTurn(() => pay(till(answer), wanted));
  };
  const resume = (answer: Answer<AcceptedOrder>) => inTurn(() => pay(till(answer), null));
  const becomes = (to: typeof cart): void => void (cart = to);
  const fill = (to: boolean): void => void (isFull = to);
  return { click, resume, sent, log, stored: () => intent, becomes, fill };
}

test('an intent is kept before it is sent, and the cart is empty before it goes', async () => {
  const one = browser();
  expect(await one.click(taken)).toEqual({ is: 'placed', orderId: 'o-1', position: '3:7' });
  expect(one.log).toEqual(['kept', 'sent', 'cart emptied', 'gone']);
});

test('an intent that cannot be kept is not sent, and the cart stays', async () => {
  const one = browser();
  one.fill(true);
  expect(await one.click(taken)).toMatchObject({ is: 'refused', problem: { code: 'browser-is-full' } });
  expect([one.sent, one.log]).toEqual([[], []]);
  one.fill(false);
  expect(await one.click(taken)).toMatchObject({ is: 'placed' });
});

test('a lost answer keeps the intent: the next click sends the same key and body', async () => {
  const one = browser();
  expect(await one.click(failed(null, 'unknown'))).toMatchObject({ is: 'unknown' });
  expect(await one.click(taken)).toMatchObject({ is: 'placed' });
  expect(one.sent).toEqual([one.sent[0], one.sent[0]]);
});

test('a refusal ends the intent: the next wish has a key of its own', async () => {
  const one = browser();
  expect(await one.click(failed(422, 'none'))).toMatchObject({ is: 'refused' });
  expect(one.stored()).toBeNull();
  await one.click(taken);
  expect(one.sent.map(({ key }) => key)).toEqual(['key-1', 'key-2']);
});

const left: Intent = { key: 'left', order };

test.each([
  [503, 'overloaded', true],
  [429, 'rate-limited', true],
  [401, 'unauthenticated', false],
  [403, 'insufficient-scope', false],
] as const)(
  'after a reload, %d says nothing of the try before: the intent stays',
  async (status, code, retryable) => {
    const one = browser(left);
    expect(await one.click(failed(status, 'none', problem(code, retryable)))).toMatchObject({
      is: 'unknown',
    });
    expect(one.stored()).toEqual(left);
  },
);

test.each([409, 422])(
  'after a reload, %d was compared with the try before: there is no order',
  async (status) => {
    const one = browser(left);
    expect(await one.click(failed(status, 'none'))).toMatchObject({ is: 'refused' });
    expect(one.stored()).toBeNull();
  },
);

test('two windows that pay one cart at once make one order of it', async () => {
  const one = browser();
  const both = await Promise.all([one.click(taken), one.click(taken)]);
  expect(both).toEqual([{ is: 'placed', orderId: 'o-1', position: '3:7' }, { is: 'outdated' }]);
  expect(one.sent.map(({ key }) => key)).toEqual(['key-1']);
  expect(one.stored()).toBeNull();
});

test('a window whose cart another one has changed sends nothing', async () => {
  const one = browser();
  const clicked = one.click(taken);
  one.becomes([{ sku: 'MUG', quantity: 3 }]);
  expect(await clicked).toEqual({ is: 'outdated' });
  one.becomes([...lines, { sku: 'VASE', quantity: 1 }]);
  expect(await one.click(taken)).toMatchObject({ is: 'placed' });
  expect(one.sent.map(({ order: { lines: of } }) => of.length)).toEqual([2]);
});

test('of two windows the second sends the intent whose fate the first could not learn', async () => {
  const one = browser();
  const both = await Promise.all([one.click(failed(null, 'unknown')), one.click(taken)]);
  expect(both.map(({ is }) => is)).toEqual(['unknown', 'placed']);
  expect(one.sent.map(({ key }) => key)).toEqual(['key-1', 'key-1']);
});

test('two windows that try again what an earlier page left send it once', async () => {
  const one = browser(left);
  const both = await Promise.all([one.resume(taken), one.resume(taken)]);
  expect(both.map(({ is }) => is)).toEqual(['placed', 'outdated']);
  expect(one.sent).toEqual([left]);
});

test('the intent of a former visitor is forgotten and said, never sent', async () => {
  const one = browser({ key: 'left', order: { ...order, customerId: 'before' } });
  expect(await one.resume(taken)).toEqual({ is: 'forgotten', customerId: 'before' });
  expect([one.sent, one.stored()]).toEqual([[], null]);
  expect(await one.click(taken)).toMatchObject({ is: 'placed' });
  expect(one.sent.map(({ key }) => key)).toEqual(['key-1']);
});
