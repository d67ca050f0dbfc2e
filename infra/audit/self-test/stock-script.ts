import type { ClientStep } from '../../../schemas/client-journal.ts';
import { commandIdOf } from '../../../schemas/ids.ts';
import type { StockView } from '../../../schemas/stock-view.ts';
import type { AnyEvent } from '../recording.ts';
import { type At, PipelineModel } from './pipeline-model.ts';

export const store = 'demo';
export type EventBody = AnyEvent['body'];

/** The goods side of the shop's day: requests, products, movements; with what client and stock view must hold. */
export class StockScript {
  readonly logs: PipelineModel;
  readonly client: ClientStep[] = [];
  readonly stock = new Map<string, { readonly partition: number; readonly view: StockView }>();

  constructor(partitions: number) {
    this.logs = new PipelineModel(partitions);
  }

  /** A client's request with its answer; `status` null = none came. */
  request(
    path: string,
    key: string,
    digest: string,
    status: number | null,
    more: Partial<ClientStep> = {},
  ): void {
    const method = path.startsWith('/v1/catalogue') ? 'PUT' : 'POST';
    const base = {
      atMs: this.logs.now,
      store,
      method,
      path,
      key,
      digest,
      status: null,
      code: null,
      orderId: null,
      commandId: null,
    } as const;
    this.client.push({ ...base, step: 'invoke' });
    const step = status === null ? 'unknown' : status < 300 ? 'ok' : 'fail';
    this.client.push({ ...base, step, status, ...more });
  }

  /** A product, put twice: the second changes nothing. */
  product(sku: string, unitMinor: number): void {
    for (const [n, type] of [
      ['1', 'ProductPut'],
      ['2', 'CommandIgnored'],
    ] as const) {
      const path = `/v1/catalogue/${sku}`;
      const commandId = commandIdOf(store, 'PUT /v1/catalogue/{sku}', path, `p${n}`);
      const key = `${store}/${sku}`;
      const prices = [{ currency: 'GBP', unitMinor }];
      const outside = { commandId, fingerprint: `f-${n}` };
      this.request(path, `p${n}`, `d-${sku}-${n}`, 202, { commandId });
      const at = this.logs.post(
        'catalogue',
        key,
        store,
        { type: 'PutProduct', sku, name: sku, prices, taxBp: 0, ifVersion: null },
        outside,
      );
      const put = {
        type: 'ProductPut',
        store,
        sku,
        version: 1,
        name: sku,
        prices,
        taxBp: 0,
        ...outside,
        requestId: null,
      } as const;
      const ignored = {
        type: 'CommandIgnored',
        command: 'PutProduct',
        key,
        reason: 'unchanged',
        ...outside,
      } as const;
      this.logs.decide(at, key, [type === 'ProductPut' ? put : ignored]);
    }
  }

  receive(sku: string, quantity: number): At {
    const path = `/v1/stock/${sku}/movements`;
    const commandId = commandIdOf(store, 'POST /v1/stock/{sku}/movements', path, 'r1');
    this.request(path, 'r1', `d-${sku}`, 202, { commandId });
    const outside = { commandId, fingerprint: 'f-r' };
    const at = this.logs.post(
      'stock',
      `${store}/${sku}`,
      store,
      { type: 'ReceiveStock', sku, quantity, reason: 'opening' },
      outside,
    );
    this.receiveAt(at, sku, quantity, { reason: 'opening', ...outside });
    return at;
  }

  /** Units come in, by the command at `at`. */
  receiveAt(
    at: At,
    sku: string,
    quantity: number,
    why: { readonly reason: string; readonly commandId: string; readonly fingerprint: string },
  ): void {
    const { onHand = 0, received = 0 } = this.stock.get(sku)?.view ?? {};
    this.decideStock(
      at,
      sku,
      { type: 'StockReceived', store, sku, quantity, ...why, requestId: null },
      { onHand: onHand + quantity, received: received + quantity },
    );
  }

  /** A count found fewer, and a halt with its end. */
  correct(sku: string, quantity: number): void {
    const key = `${store}/${sku}`;
    const outside = { commandId: `adjust-${sku}`, fingerprint: 'f-a' };
    const at = this.logs.post(
      'stock',
      key,
      store,
      { type: 'AdjustStock', sku, quantity, reason: 'count-loss', corrects: null },
      outside,
    );
    const { onHand = 0, adjusted = 0 } = this.stock.get(sku)?.view ?? {};
    this.decideStock(
      at,
      sku,
      {
        type: 'StockAdjusted',
        store,
        sku,
        quantity,
        reason: 'count-loss',
        ...outside,
        requestId: null,
        corrects: null,
      },
      { onHand: onHand + quantity, adjusted: adjusted + quantity },
    );
    for (const [type, command, halted] of [
      ['SkuHalted', 'Halt', true],
      ['SkuResumed', 'Resume', false],
    ] as const) {
      const own = { commandId: `${command}-${sku}`, fingerprint: 'f-h' };
      const halting = this.logs.post('stock', key, store, { type: command, sku, reason: 'recall' }, own);
      this.decideStock(
        halting,
        sku,
        { type, store, sku, reason: 'recall', ...own, requestId: null },
        { halted },
      );
    }
  }

  /** An event of a SKU; `change` is what the document changes by, null where it stays. Returns its seq. */
  protected decideStock(at: At, sku: string, body: EventBody, change: Partial<StockView> | null): number {
    const seq = this.logs.decide(at, `${store}/${sku}`, [body]);
    if (!change) return seq;
    const zero = {
      store,
      sku,
      halted: false,
      onHand: 0,
      held: 0,
      allocated: 0,
      received: 0,
      adjusted: 0,
      restocked: 0,
      committed: 0,
      reversed: 0,
      shipped: 0,
      perCustomer: null,
    };
    const view = {
      ...zero,
      ...this.stock.get(sku)?.view,
      ...change,
      updatedAtMs: this.logs.now,
      position: `${at.partition}.${seq}`,
    };
    this.stock.set(sku, { partition: at.partition, view });
    return seq;
  }
}
