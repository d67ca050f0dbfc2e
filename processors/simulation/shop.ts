import type { ClientStep } from '../../schemas/client-journal.ts';
import type { Body, CommandEnvelope } from '../../schemas/envelope.ts';
import type { PlaceOrder, ProviderHint } from '../../schemas/generated/orders-commands.ts';
import { commandIdOf, orderIdOf, skuKeyOf } from '../../schemas/ids.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import { inboxOf, type ProcessorName } from '../../schemas/topic-catalogue.ts';
import type { Log } from '../../infra/clients/log.ts';
import { priceOrder, type Pricing } from '../../producers/intake/price-order.ts';
import { liveOn, type OrderDesk } from './after-sales.ts';
import type { Draws } from './draws.ts';
import { poison } from './poison.ts';
import { createLogClient } from './sim-log-client.ts';
import { SimProcess } from './sim-process.ts';
import type { SimWorld } from './sim-world.ts';
import { deliverWebhooks } from './simulated-webhooks.ts';

const store = 'shop';
const ordersPath = '/v1/orders';

/** A request as its client sends it, any number of times under one key. */
interface Request {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly key: string;
  /** What makes its body another one. */
  readonly digest: string;
  /** What a 202 names. */
  readonly orderId: string | null;
  readonly commandId: string | null;
  /** The command of it, which the API appends; null where it refuses the request. */
  readonly command: { readonly to: ProcessorName; readonly key: string; readonly value: Buffer } | null;
  readonly refusal: string;
  /** The order it asks for, if it is one. */
  readonly placed?: PlaceOrder;
}

/** The client gives up waiting; then it does not know. */
const answerWithinMs = 5_000;
const triesMax = 8;
const beforeOrdersMs = 100;
const rarelyNone = 1_000_000;

/**
 * The clients of a run and the API between them and the log. It makes the commands that the API makes, by the same
 * ids, prices and inboxes, and keeps the client's own journal for the auditor. The API has no Redis here: so the log
 * alone must see that a request is a repeat, or its key another body's.
 */
export class Shop {
  readonly journal: ClientStep[] = [];
  /** Requests that are not settled yet, also those that wait to be sent again. */
  open = 0;
  /** Orders asked for so far: keys. */
  orders = 0;
  private readonly world: SimWorld;
  private readonly draws: Draws;
  private api: SimProcess;
  private log: Log;
  private apis = 0;
  private readonly prices: readonly number[];
  private keys = 0;

  constructor(world: SimWorld) {
    this.world = world;
    this.draws = world.scheduler.draws.workload;
    [this.api, this.log] = this.startApi();
    world.parts.provider.onEvent(
      deliverWebhooks(world.scheduler, world.shape.parts.webhooks, (hint) => this.takeHint(hint)),
    );
    this.prices = Array.from({ length: world.shape.shop.skus }, () => this.draws.below(50) * 99);
  }

  /** Kills the API and starts another: who waits for the old one's answer waits in vain. */
  killApi(): void {
    this.world.scheduler.reached.reach('api killed');
    this.world.scheduler.note(() => `${this.api.name} is killed`);
    this.api.kill();
    [this.api, this.log] = this.startApi();
  }

  private startApi(): [SimProcess, Log] {
    const { scheduler, log, shape, faults } = this.world;
    this.apis += 1;
    const process = new SimProcess(`api${this.apis}`, scheduler);
    const { requestTimeoutMs } = shape;
    return [process, createLogClient({ scheduler, log, process, faults: faults.log, requestTimeoutMs }).log];
  }

  /** Lays in goods, then lets the orders come. */
  openDoors(): void {
    const { shop } = this.world.shape;
    let toCome = this.prices.length;
    this.prices.forEach((_, sku) => {
      this.put(sku);
      const { least, most } = shop.pieces ?? {};
      const quantity =
        least === undefined || most === undefined
          ? Math.max(1, Math.floor(shop.orders * shop.stockPerOrder))
          : this.draws.between(least, most);
      this.move(sku, { type: 'ReceiveStock', quantity, reason: 'purchase' }, () => {
        toCome -= 1;
        if (shop.opensStocked && toCome === 0) this.letIn();
      });
      if (shop.limited > 0 && this.draws.chance(shop.limited))
        this.move(sku, { type: 'LimitPurchases', perCustomer: 1, reason: 'drop' });
    });
    if (!shop.opensStocked) this.letIn();
  }

  private letIn(): void {
    const { scheduler, shape } = this.world;
    const { shop } = shape;
    for (let i = 0; i < shop.orders; i += 1) {
      const isMade = this.draws.below(rarelyNone) > 0; // a choice of its own, so that an order can be left out
      const atMs = beforeOrdersMs + this.draws.below(shop.withinMs + 1);
      if (isMade) scheduler.after(atMs, () => this.order());
    }
  }

  private order(): void {
    const { shop } = this.world.shape;
    const { draws } = this;
    this.orders += 1;
    const key = this.nextKey();
    const request = this.orderRequest(key, draws.chance(shop.refused));
    this.settle(request, () => {
      if (draws.chance(shop.repeated)) this.settle(request, () => undefined);
      if (request.placed && draws.chance(shop.afterSales)) liveOn(this.desk, request.placed);
    });
    if (request.command && draws.chance(shop.reused)) {
      const other = this.orderRequest(key, false);
      this.world.scheduler.after(draws.below(500), () => this.settle(other, () => undefined));
    }
    if (draws.chance(shop.poison)) poison(this.world, store);
    if (draws.chance(shop.movements)) this.anyMovement();
  }

  private orderRequest(key: string, refused: boolean): Request {
    const { shop } = this.world.shape;
    const { draws } = this;
    this.keys += 1;
    const digest = `d${this.keys}`;
    const orderId = orderIdOf(store, key);
    const lines = Array.from({ length: draws.between(1, shop.linesMax) }, () => ({
      sku: skuOf(draws.chance(shop.hot) ? 0 : draws.below(shop.skus)),
      quantity: 1 + draws.below(shop.piecesMax),
    }));
    const paymentToken = draws.chance(shop.declined) ? 'tok_declined' : 'tok_ok';
    const priced = priceOrder({ currency: 'EUR', lines }, this.pricing);
    if (priced.is === 'fault') throw new Error(`the shop cannot price its order: ${priced.fault.code}`);
    const commandId = commandIdOf(store, `POST ${ordersPath}`, ordersPath, key);
    const body: PlaceOrder = {
      type: 'PlaceOrder',
      orderId,
      customerId: `c${draws.below(shop.customers)}`,
      currency: 'EUR',
      ...priced.order,
      paymentToken,
      shipTo: null,
      orderedAtMs: null,
    };
    return {
      method: 'POST',
      path: ordersPath,
      key,
      digest,
      orderId,
      commandId: null,
      command: refused
        ? null
        : this.command('orders', orderId, { commandId, fingerprint: `k1.${digest}`, body }),
      refusal: 'unknown-sku',
      placed: body,
    };
  }

  private get desk(): OrderDesk {
    const { scheduler } = this.world;
    return {
      draws: this.draws,
      after: (delayMs, act) => scheduler.after(delayMs, act),
      ask: (orderId, action, toBody, then) => {
        const key = this.nextKey();
        const path = `${ordersPath}/${orderId}/${action}`;
        const route = `${ordersPath}/{id}/${action.replace(/^returns\/.+\//, 'returns/{returnId}/')}`;
        const commandId = commandIdOf(store, `POST ${route}`, path, key);
        const digest = `d${this.keys}`;
        const request: Request = {
          method: 'POST',
          path,
          key,
          digest,
          orderId: null,
          commandId,
          command: this.command('orders', orderId, {
            commandId,
            fingerprint: `k1.${digest}`,
            body: toBody(commandId),
          }),
          refusal: '',
        };
        this.settle(request, () => {
          then?.(commandId);
          if (this.draws.chance(this.world.shape.shop.repeated)) this.settle(request, () => undefined);
        });
      },
    };
  }

  private put(sku: number): void {
    const key = this.nextKey();
    const path = `/v1/catalogue/${skuOf(sku)}`;
    const commandId = commandIdOf(store, 'PUT /v1/catalogue/{sku}', path, key);
    const prices = [{ currency: 'EUR', unitMinor: this.prices[sku] ?? 0 }];
    const body = {
      type: 'PutProduct',
      sku: skuOf(sku),
      name: 'A thing',
      prices,
      taxBp: 1_900,
      ifVersion: null,
    };
    this.settle(
      {
        method: 'PUT',
        path,
        key,
        digest: `d${this.keys}`,
        orderId: null,
        commandId,
        command: this.command('catalogue', skuKeyOf(store, skuOf(sku)), {
          commandId,
          fingerprint: `k1.d${this.keys}`,
          body,
        }),
        refusal: '',
      },
      () => undefined,
    );
  }

  private anyMovement(): void {
    const { draws } = this;
    const sku = draws.below(this.prices.length);
    const quantity = 1 + draws.below(5);
    switch (draws.below(4)) {
      case 0:
        return this.move(sku, { type: 'ReceiveStock', quantity, reason: 'purchase' });
      case 1:
        return this.move(sku, { type: 'AdjustStock', quantity: -quantity, reason: 'damaged' });
      case 2:
        return this.move(sku, { type: 'Halt', reason: 'recall' });
      default:
        return this.move(sku, { type: 'Resume', reason: 'recall' });
    }
  }

  private move(sku: number, movement: Body & Record<string, unknown>, then?: () => void): void {
    const key = this.nextKey();
    const path = `/v1/stock/${skuOf(sku)}/movements`;
    const commandId = commandIdOf(store, 'POST /v1/stock/{sku}/movements', path, key);
    const body = { ...movement, sku: skuOf(sku) };
    const request: Request = {
      method: 'POST',
      path,
      key,
      digest: `d${this.keys}`,
      orderId: null,
      commandId,
      command: this.command('stock', skuKeyOf(store, skuOf(sku)), {
        commandId,
        fingerprint: `k1.d${this.keys}`,
        body,
      }),
      refusal: '',
    };
    this.settle(request, () => {
      then?.();
      if (this.draws.chance(this.world.shape.shop.repeated)) this.settle(request, () => undefined);
    });
  }

  /** Sends until it is answered, the same key and bytes, or the client has had enough. */
  private settle(request: Request, then: () => void, tries = 1): void {
    const { scheduler } = this.world;
    this.tell(request, 'invoke', null);
    if (request.command === null) return this.tell(request, 'fail', request.refusal);
    this.open += 1;
    let answered = false;
    const answer = (isAppended: boolean): void => {
      if (answered) return;
      answered = true;
      patience.cancel();
      this.tell(request, isAppended ? 'ok' : 'unknown', null);
      if (isAppended || this.givesUp(tries)) {
        this.open -= 1;
        if (isAppended) then();
        return;
      }
      scheduler.after(20 * 2 ** Math.min(tries, triesMax) + this.draws.below(100), () => {
        this.open -= 1;
        this.settle(request, then, tries + 1);
      });
    };
    const { to, key, value } = request.command;
    const append = {
      topic: inboxOf(to),
      partition: partitionOf(key, this.world.shape.partitions),
      records: [{ key, value }],
    };
    const patience = scheduler.after(answerWithinMs, () => answer(false));
    void this.log.append([append]).then(([outcome]) => answer(outcome?.is === 'appended'));
  }

  private givesUp(tries: number): boolean {
    return !this.world.shape.shop.isPatient && (tries >= triesMax || this.draws.chance(0.1));
  }

  private tell(
    { method, path, key, digest, orderId, commandId }: Request,
    step: ClientStep['step'],
    code: string | null,
  ): void {
    const isOk = step === 'ok';
    this.journal.push({
      atMs: this.world.scheduler.nowMs(),
      step,
      store,
      method,
      path,
      key,
      digest,
      status: statusOf[step],
      code,
      orderId: isOk ? orderId : null,
      commandId: isOk ? commandId : null,
    });
  }

  /** What the API makes of a webhook; a provider that hears no 200 sends it again, which is a webhook late. */
  private takeHint(hint: ProviderHint): void {
    const value = this.world.codecs
      .inbox<CommandEnvelope<Body>>('orders')
      .encode({ store, commandId: null, fingerprint: null, requestId: null, body: hint });
    const partition = partitionOf(hint.orderId, this.world.shape.partitions);
    void this.log.append([{ topic: inboxOf('orders'), partition, records: [{ key: hint.orderId, value }] }]);
  }

  private command(
    to: ProcessorName,
    key: string,
    of: { readonly commandId: string; readonly fingerprint: string; readonly body: Body },
  ): Request['command'] {
    const value = this.world.codecs
      .inbox<CommandEnvelope<Body>>(to)
      .encode({ store, requestId: null, ...of });
    return { to, key, value };
  }

  private nextKey(): string {
    this.keys += 1;
    return `key-${this.keys}`;
  }

  private get pricing(): Pricing {
    return {
      store: { currencies: ['EUR'], taxRule: 'exclusive', shippingMinor: 0, shippingTaxBp: 0 },
      productOf: (sku) => ({
        version: 1,
        prices: [{ currency: 'EUR', unitMinor: this.prices[Number(sku.slice(1))] ?? 0 }],
        taxBp: 1_900,
      }),
      mayPrice: false,
    };
  }
}

const skuOf = (n: number): string => `S${n}`;
const statusOf = { invoke: null, ok: 202, fail: 422, unknown: 503 } as const;
