import type { EventBody } from '../../schemas/generated/orders-events.ts';
import type { ParkedCommandView, ParkedOrderView } from '../../schemas/parked-order.ts';

/** Commands of one order that are parked, and those among them that the Redrive under way has decided. */
interface Waiting {
  readonly commands: Map<number, ParkedCommandView>;
  readonly redriven: Set<number>;
  position: string;
}

/** The auditor's own fold of what Redis must hold of parked commands (`schemas/parked-order.ts`), by order. */
export class ParkedDocuments {
  private readonly orders = new Map<string, Waiting>();

  /** Takes the valid events of a partition in order. `position` is `<partition>.<seq>`. */
  take(
    body: EventBody,
    at: { readonly atMs: number; readonly position: string; readonly causeOffset: number },
  ): void {
    if (body.type === 'CommandParked') {
      const waiting = this.orders.get(body.key) ?? { commands: new Map(), redriven: new Set(), position: '' };
      waiting.commands.set(at.causeOffset, {
        offset: at.causeOffset,
        command: body.command,
        sinceMs: at.atMs,
        reason: body.reason,
        value: body.command === 'PlaceOrder' ? Buffer.from(body.value).toString('base64') : null,
      });
      waiting.position = at.position;
      this.orders.set(body.key, waiting);
    }
    if (body.type === 'CommandRedriven') this.orders.get(body.key)?.redriven.add(body.offset);
    if (body.type === 'RedriveAnswered') this.answer(body.key, at.position);
  }

  /** What was redriven leaves with the answer that follows its decision. */
  private answer(orderId: string, position: string): void {
    const waiting = this.orders.get(orderId);
    if (!waiting || waiting.redriven.size === 0) return;
    for (const offset of waiting.redriven) waiting.commands.delete(offset);
    waiting.redriven.clear();
    waiting.position = position;
    if (waiting.commands.size === 0) this.orders.delete(orderId);
  }

  get(orderId: string): ParkedOrderView | undefined {
    const waiting = this.orders.get(orderId);
    return waiting && { orderId, parked: [...waiting.commands.values()], position: waiting.position };
  }

  orderIds(): Iterable<string> {
    return this.orders.keys();
  }
}
