import type { Psp } from '../../../infra/psp/psp.ts';
import { toFacts } from '../../../infra/psp/provider-facts.ts';
import { toOutcome } from '../../../infra/psp/provider-replies.ts';
import { simulatorAbilities, toRequest } from '../../../infra/psp/simulator-requests.ts';
import { createProvider, type Provider } from '../../../infra/psp/simulator/provider.ts';
import { shapeReply } from '../../../infra/psp/simulator/shape-reply.ts';
import type { Command } from '../../../schemas/generated/orders-commands.ts';
import { orderIdOf } from '../../../schemas/ids.ts';
import { isKept, type OrderOrHints } from '../../orders/evolve-order.ts';
import type { OrderCommand, OrderEvent } from '../../orders/order.ts';
import { commandOf, orders, placeOrderOf, startMs, store } from '../../orders/testing/orders-fixture.ts';
import {
  createPaymentsWorker,
  type PaymentsWorker,
  type WorkerRecord,
  type WorkerReport,
} from '../worker.ts';
import { createHandClock, createJournal, settled } from './worker-bench.ts';

/** A worker at the provider's books, and what it asked of them. */
export interface ShopWorker {
  readonly worker: PaymentsWorker;
  /** Operation ids in the order of their calls. */
  readonly calls: string[];
  readonly reports: WorkerReport[];
}

/**
 * Orders, the payments worker and the provider's real books, without a broker between them: what the orders domain
 * decides goes to the worker as journal records, what the worker reports is decided. Stock says yes to everything.
 */
export class WorkerShop {
  readonly books: Provider = createProvider({ seed: 1 });
  /** The journal so far, whole. */
  readonly records: WorkerRecord[] = [];
  readonly states = new Map<string, OrderOrHints>();
  nowMs = startMs;
  private readonly journal = createJournal();
  private readonly first: ShopWorker;

  constructor() {
    this.first = this.createWorker();
    this.first.worker.begin(0);
    this.first.worker.caughtUp(0);
  }

  /** Another worker, which knows nothing yet. */
  createWorker(): ShopWorker {
    const calls: string[] = [];
    const reports: WorkerReport[] = [];
    const silent = (): void => undefined;
    const worker = createPaymentsWorker({
      psp: pspOf(this.books, () => this.nowMs, calls),
      clock: createHandClock(),
      limits: { partitionMax: 32, totalMax: 64 },
      random: () => 0,
      logger: { debug: silent, info: silent, warn: silent, error: silent },
      openMethod: (_requested, sealed) => sealed.slice('sealed:'.length),
      commit: silent,
      report: async (report) => void reports.push(report),
    });
    return { worker, calls, reports };
  }

  /** Places an order of 5.00 under this cart; returns its id when nothing more happens by itself. */
  async place(cart: string, token: string): Promise<string> {
    const orderId = orderIdOf(store, cart);
    await this.tell(placeOrderOf([{ sku: 'A' }], { orderId, paymentToken: `sealed:${token}` }));
    return orderId;
  }

  /** Decides one command and all that follows from it. `commandId` makes a request one of its own. */
  async tell(body: OrderCommand, commandId: string | null = null): Promise<void> {
    this.decide(commandOf(body, { commandId, fingerprint: 'k1.aa' }));
    await this.settle();
  }

  /** Lets so much time pass, firing what falls due on the way. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const [next] = [...this.states]
        .map(([key, state]) => ({ key, state, atMs: orders.dueAtMs(state) }))
        .filter(({ atMs }) => atMs <= untilMs)
        .sort((a, b) => a.atMs - b.atMs);
      if (!next) break;
      this.nowMs = Math.max(this.nowMs, next.atMs);
      this.take(next.key, orders.due(next.state, this.nowMs));
      await this.settle();
    }
    this.nowMs = untilMs;
  }

  /** How the orders stand, in the words of their tables. */
  ends(): readonly string[] {
    return [...this.states.values()].map((state) =>
      isKept(state) ? 'hints' : `${state.state}/${state.payment.state}`,
    );
  }

  /** Decides a report without folding what comes of it. */
  decisionOn(report: WorkerReport): readonly OrderEvent[] {
    return orders.decide(this.states.get(report.body.orderId), report, this.nowMs);
  }

  private decide(command: Command<OrderCommand>): void {
    const key = orders.keyOfCommand(command);
    this.take(key, orders.decide(this.states.get(key), command, this.nowMs));
  }

  private take(key: string, events: readonly OrderEvent[]): void {
    for (const event of events) {
      const state = orders.evolve(this.states.get(key), event, this.nowMs);
      if (state) this.states.set(key, state);
      const records = this.journal.append(event);
      this.records.push(...records);
      this.first.worker.take(0, records);
      for (const { body } of orders.react(event)) {
        const type = agreed[body.type];
        if (!type || !('holdId' in body)) throw new Error(`stock is not asked for ${body.type} here`);
        this.decide(commandOf({ type, holdId: body.holdId, orderId: key, sku: 'A', quantity: 1 }));
      }
    }
  }

  /** Until the worker has nothing more to report. */
  private async settle(): Promise<void> {
    for (;;) {
      await settled();
      const reports = this.first.reports.splice(0);
      if (reports.length === 0) return;
      for (const report of reports) this.decide(report);
    }
  }
}

/** Stock's reply to each of the order's wishes. */
const agreed: Readonly<Record<string, 'HoldPlaced' | 'HoldReleased' | 'HoldCommitted' | 'CommitReversed'>> = {
  PlaceHold: 'HoldPlaced',
  ReleaseHold: 'HoldReleased',
  CommitHold: 'HoldCommitted',
  ReverseCommit: 'CommitReversed',
};

/** The adapter's core at the provider's books; each call of an operation is noted. */
function pspOf(books: Provider, nowMs: () => number, calls: string[]): Psp {
  return {
    can: simulatorAbilities,
    async run(op) {
      calls.push(op.opId);
      const body = toRequest(op);
      if (!body) throw new Error(`${op.opId} names no payment`);
      const end = shapeReply(books.receive(op.key, body, nowMs()));
      if (end.is !== 'reply') return toOutcome(op, { is: 'lost', why: 'timeout' });
      const { status, headers, text } = end.reply;
      return toOutcome(op, { is: 'reply', status, headers, bytes: Buffer.from(text) });
    },
    async lookUp({ opId, pspRef }) {
      const { status, text } = books.book.lookUp(pspRef === undefined ? { opId } : { id: pspRef }, nowMs());
      return toFacts({
        is: 'reply',
        status,
        headers: { 'content-type': 'application/json' },
        bytes: Buffer.from(text),
      });
    },
    close: () => Promise.resolve(),
  };
}
