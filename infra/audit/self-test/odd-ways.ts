import type { AnyCommand } from '../recording.ts';
import type { At } from './pipeline-model.ts';
import type { ScriptOrder, ShopScript } from './shop-script.ts';
import { store } from './stock-script.ts';

/** The key again with another cart while the cache was away: 202, and refused in the log. */
export function reuse(
  shop: ShopScript,
  { order, posted }: { readonly order: ScriptOrder; readonly posted: At },
): void {
  shop.request('/v1/orders', 'reused', 'd-other', 202, { orderId: order.orderId });
  const original = shop.logs.inboxes.get(`orders/${posted.partition}`)?.[posted.offset]?.command;
  if (original?.body.type !== 'PlaceOrder') throw new TypeError('the order was placed by a PlaceOrder');
  const { commandId } = original;
  const outside = { commandId: commandId ?? '', fingerprint: 'f-other' };
  const at = shop.logs.post('orders', order.orderId, store, original.body, outside);
  refusal(shop, at, 'PlaceOrder', order.orderId, 'key-reused', outside);
}

/** Movements that stock cannot do, a version that is gone, and a provider's word on nothing that was asked. */
export function refuse(shop: ShopScript): void {
  const movement = (sku: string, body: AnyCommand['body'], reason: string): void => {
    const outside = { commandId: `refused-${sku}-${reason}`, fingerprint: 'f-r' };
    const at = shop.logs.post('stock', `${store}/${sku}`, store, body, outside);
    refusal(shop, at, body.type, `${store}/${sku}`, reason, outside);
  };
  const loss = (sku: string, quantity: number) =>
    ({ type: 'AdjustStock', sku, quantity, reason: 'count-loss', corrects: null }) as const;
  movement('GHOST', loss('GHOST', -1), 'unknown-sku');
  movement('TRAY', loss('TRAY', -1_000), 'would-break-holds');
  const key = `${store}/MUG`;
  const outside = { commandId: 'old-version', fingerprint: 'f-v' };
  const retire = { type: 'RetireProduct', sku: 'MUG', ifVersion: 9 } as const;
  refusal(
    shop,
    shop.logs.post('catalogue', key, store, retire, outside),
    retire.type,
    key,
    'version-mismatch',
    outside,
  );
  const [order] = shop.orders.values();
  if (!order) throw new RangeError('no order was placed');
  const { orderId } = order.view;
  const outcome = wordOn('refund', orderId);
  refusal(shop, shop.logs.post('orders', orderId, store, outcome), outcome.type, orderId, 'stale-intent', {
    commandId: null,
    fingerprint: null,
  });
}

/** A provider says no to what nobody asked. */
const wordOn = (kind: 'void' | 'refund', orderId: string) =>
  ({
    type: 'ReportOutcome',
    orderId,
    opId: `${orderId}:${kind}:1`,
    attempt: 1,
    try: 1,
    kind,
    is: 'no',
    amountMinor: null,
    currency: null,
    pspRef: null,
    captureBeforeMs: null,
    code: `no_such_${kind}`,
    next: 'never',
    cause: null,
    client: null,
    again: null,
    replayed: false,
  }) as const;

function refusal(
  shop: ShopScript,
  at: At,
  command: string,
  key: string,
  reason: string,
  outside: { readonly commandId: string | null; readonly fingerprint: string | null },
): void {
  shop.logs.decide(at, key, [
    { type: 'CommandRefused', command, key, reason, ...outside, requestId: null, detail: null },
  ]);
}

/** A receipt whose decision throws waits with the one behind it, until a person sends both back. */
export function park(shop: ShopScript, sku: string): void {
  const key = `${store}/${sku}`;
  const waiting = [5, 6].map((quantity, i) => {
    const outside = { commandId: `parked-${i}`, fingerprint: 'f-p' };
    const at = shop.logs.post(
      'stock',
      key,
      store,
      { type: 'ReceiveStock', sku, quantity, reason: 'found' },
      outside,
    );
    const reason = i === 0 ? 'RangeError: …' : 'behind';
    shop.logs.decide(at, key, [
      { type: 'CommandParked', key, command: 'ReceiveStock', value: new Uint8Array([0]), reason },
    ]);
    return { at, quantity, outside };
  });
  const asked = { key, dryRun: false, by: 'ops-1', reason: 'mended' };
  const requestId = 'redrive-1';
  shop.logs.privileged.announce({
    actor: 'operator:ops-1',
    what: 'letters.redrive',
    effectId: requestId,
    target: `stock/${key}`,
    reason: 'mended',
  });
  shop.logs.privileged.announce({
    actor: 'operator:ops-1',
    what: 'views.flip',
    effectId: 'flip-1',
    target: 'g2',
    reason: 'rebuilt',
  });
  const redrive = shop.logs.post('stock', key, store, { type: 'Redrive', ...asked }, { requestId });
  for (const { at, quantity, outside } of waiting) {
    shop.logs.decide(redrive, key, [{ type: 'CommandRedriven', key, offset: at.offset }]);
    shop.receiveAt(redrive, sku, quantity, { reason: 'found', ...outside });
  }
  shop.logs.decide(redrive, key, [
    {
      type: 'RedriveAnswered',
      ...asked,
      decided: 2,
      left: 0,
      events: ['StockReceived', 'StockReceived'],
      failure: null,
    },
  ]);
}

/** A provider's late word on an order throws, and nobody has looked at it yet. */
export function parkForGood(shop: ShopScript, { partition, view: { orderId } }: ScriptOrder): void {
  const at = shop.logs.post('orders', orderId, store, wordOn('void', orderId));
  const [command, reason] = ['ReportOutcome', 'RangeError: …'] as const;
  const seq = shop.logs.decide(at, orderId, [
    { type: 'CommandParked', key: orderId, command, value: new Uint8Array([0]), reason },
  ]);
  const parked = [{ offset: at.offset, command, sinceMs: shop.logs.now, reason, value: null }];
  shop.parked.push({ orderId, parked, position: `${partition}.${seq}` });
}

/** Long after its end an order leaves the state, at a Tick. */
export function archive(shop: ShopScript, order: ScriptOrder): void {
  shop.logs.wait(400 * 86_400_000);
  const tick = shop.logs.sendTick('orders', order.partition);
  const { orderId, view } = order;
  shop.decide(order, tick, [
    [{ type: 'OrderArchived', store, orderId, as: 'Confirmed', atRestSinceMs: view.updatedAtMs }, {}],
  ]);
  shop.logs.passTime(tick);
}
