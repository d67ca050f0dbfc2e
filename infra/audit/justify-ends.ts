import type { EventBody as OrderBody } from '../../schemas/generated/orders-events.ts';
import type { EventBody as StockBody } from '../../schemas/generated/stock-events.ts';
import { whyNotExpired } from './expiry.ts';
import type { ProviderOperation } from './recording.ts';
import { type Fact, whereOf } from './rule.ts';
import type { Walks } from './walks.ts';

type Of<T extends OrderBody['type']> = Extract<OrderBody, { type: T }>;

/** What orders say was refused by stock or declined by the provider, held against what those said. */
export class DeclinesAndRefusals {
  private readonly walks: Walks;
  /** Refused holds that stock's journal has still to show, and where they are told of. */
  private readonly refusedHolds = new Map<string, string>();
  /** Declined operations, and where they are told of. */
  private readonly declined = new Map<string, string>();
  /** Orders of the partition with a refused hold. */
  private refused = new Set<string>();

  constructor(walks: Walks) {
    this.walks = walks;
  }

  /** One verdict for each thing this event has to justify: what is wrong, or null. */
  onOrder(fact: Fact, body: OrderBody): readonly (string | null)[] {
    if (body.type === 'HoldRecorded') return body.as === 'refused' ? [this.refuse(fact, body)] : [];
    if (body.type === 'PaymentDeclined') return [this.decline(fact, body)];
    return body.type === 'UnwindStarted' ? [this.unwind(fact, body)] : [];
  }

  onStock(body: StockBody): void {
    if (body.type === 'HoldRefused') this.refusedHolds.delete(body.holdId);
  }

  leavePartition(): void {
    this.refused = new Set();
  }

  /** Orders are read before stock: what is left has no refusal there. Declines need the ledger; null = not to be had. */
  *unjustified(ledger: readonly ProviderOperation[] | null): Generator<string> {
    for (const [holdId, where] of this.refusedHolds)
      yield `${where}: hold ${holdId} is told to be refused, stock refused no such hold`;
    if (ledger === null) return;
    const refusals = new Set(ledger.filter(({ done }) => !done).map(({ opId }) => opId));
    for (const [opId, where] of this.declined)
      if (!refusals.has(opId)) yield `${where}: ${opId} is declined, the provider declined no such operation`;
  }

  private refuse(fact: Fact, { orderId, holdId }: Of<'HoldRecorded'>): string | null {
    this.refused.add(orderId);
    this.refusedHolds.set(holdId, whereOf(fact));
    const command = commandOf(fact);
    const isTold = command === null || (command.type === 'HoldRefused' && command.holdId === holdId);
    return isTold ? null : `hold ${holdId} is recorded as refused by a ${command.type}`;
  }

  private decline(fact: Fact, { opId, attempt }: Of<'PaymentDeclined'>): string | null {
    this.declined.set(opId, whereOf(fact));
    const command = commandOf(fact);
    if (command === null) return null;
    const isNo =
      (command.type === 'ReportOutcome' &&
        command.is === 'no' &&
        command.opId === opId &&
        command.attempt === attempt) ||
      (command.type === 'ReportFacts' && command.ended === 'declined');
    return isNo ? null : `${opId}/${attempt} is declined by a ${command.type} that says no such thing`;
  }

  private unwind(fact: Fact, body: Of<'UnwindStarted'>): string | null {
    const { orderId, to, reason } = body;
    const order = this.walks.orders.get(orderId);
    if (!order || order.isUnwindingOn) return order ? null : `order ${orderId} unwinds and was never placed`;
    if (to === 'Rejected' && !this.refused.has(orderId))
      return `order ${orderId} is rejected (${reason}) and none of its holds was refused`;
    if (to === 'Declined' && order.money !== 'Declined' && !order.hasCaptureFailed)
      return `order ${orderId} is declined (${reason}) and its money is ${order.money}`;
    if (to === 'Cancelled' && !order.isCancelAsked && !isCancel(commandOf(fact)))
      return `order ${orderId} is cancelled (${reason}), which nobody asked for`;
    return whyNotExpired(body, fact, order);
  }
}

/** Who cancels all lines of an order that is not shipped cancels the order. */
const isCancel = (command: ReturnType<typeof commandOf>): boolean =>
  command === null || command.type === 'CancelOrder' || command.type === 'CancelLines';

/** The command an event decides; null if the inbox has lost it. */
const commandOf = ({ decided }: Fact) =>
  typeof decided === 'string' ? null : (decided.command?.body ?? null);
