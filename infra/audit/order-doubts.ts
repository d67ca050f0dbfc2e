import type { Event, PaymentOpRequested } from '../../schemas/generated/orders-events.ts';
import { oneOf } from './one-of.ts';

/** Events that begin a doubt, prolong it or end it. */
const movesDoubt = oneOf(
  'PaymentOpRequested',
  'PaymentUnknown',
  'PaymentPending',
  'PaymentActionRequired',
  'RefundRecorded',
  'PaymentCaptureFailed',
  'PaymentAuthorized',
  'PaymentDeclined',
  'PaymentCaptured',
  'PaymentVoided',
  'PaymentLapsed',
  'PersonNeeded',
  'PaymentResolved',
);

/** One operation that is asked for and not answered. */
interface Doubt {
  readonly kind: PaymentOpRequested['kind'];
  /** Until when it may stay so; null: for ever. */
  untilMs: number | null;
}

/** A silent operation is unknown after it (domain §5). */
const silentAfterMs = 60_000;
/** Ticks fire what is due in turn, at most 500 each: so much later it must have happened. */
const lateMs = 600_000;

/**
 * Money nobody knows of, in one partition: an operation without a report becomes unknown after 60 s, and what is unknown
 * is answered, given up or handed to a person by the deadline it names (domain §5). Version 1 of the saga set none.
 */
export class OrderDoubts {
  /** By order and operation. */
  private readonly doubts = new Map<string, Map<string, Doubt>>();
  private watermarkMs = 0;

  /** Takes the valid events of a partition in order. */
  take({ body, atMs, version }: Event): void {
    if (body.type === 'TimePassed') this.watermarkMs = body.atMs;
    if (!('opId' in body)) return;
    const { opId, orderId } = body;
    if (!movesDoubt(body)) return;
    switch (body.type) {
      case 'PaymentOpRequested':
        if (version < 2) return;
        // An authorization that is being dropped is asked about no more.
        if (body.kind === 'void') this.forget(orderId, ['authorize', 'capture']);
        this.doubt(orderId, body.opId, { kind: body.kind, untilMs: atMs + silentAfterMs });
        return;
      case 'PaymentUnknown':
        this.prolong(orderId, body.opId, body.decideByMs);
        return;
      // Pending, or the customer's turn: payBy and the refund's ten days are watched as ends of the order.
      case 'PaymentPending':
      case 'PaymentActionRequired':
        this.prolong(orderId, body.opId, null);
        return;
      case 'RefundRecorded':
        this.doubts.get(orderId)?.delete(body.opId);
        return;
      case 'PaymentCaptureFailed':
        this.forget(orderId, ['capture']);
        return;
      case 'PaymentAuthorized':
        this.forget(orderId, ['authorize']);
        return;
      case 'PaymentDeclined':
      case 'PaymentCaptured':
      case 'PaymentVoided':
      case 'PaymentLapsed':
        this.forget(orderId, ['authorize', 'capture', 'void']);
        return;
      case 'PersonNeeded':
      case 'PaymentResolved':
        if (opId === null) this.doubts.delete(orderId);
        else this.doubts.get(orderId)?.delete(opId);
    }
  }

  /** What stands unanswered long past its deadline, in words. */
  *leftAlone(): Generator<string> {
    for (const ops of this.doubts.values())
      for (const [opId, { untilMs }] of ops)
        if (untilMs !== null && untilMs + lateMs < this.watermarkMs)
          yield `${opId} was to be answered, or to reach a person, by ${untilMs}; at ${this.watermarkMs} it is neither`;
  }

  /** Operations whose answer is due: asked for, or unknown with a day by which it is decided. */
  *unanswered(): Generator<string> {
    for (const ops of this.doubts.values())
      for (const [opId, { untilMs }] of ops) if (untilMs !== null) yield opId;
  }

  private doubt(orderId: string, opId: string, doubt: Doubt): void {
    const ops = this.doubts.get(orderId);
    if (ops) ops.set(opId, doubt);
    else this.doubts.set(orderId, new Map([[opId, doubt]]));
  }

  private prolong(orderId: string, opId: string, untilMs: number | null): void {
    const doubt = this.doubts.get(orderId)?.get(opId);
    if (doubt) doubt.untilMs = untilMs;
  }

  private forget(orderId: string, kinds: readonly PaymentOpRequested['kind'][]): void {
    const ops = this.doubts.get(orderId);
    if (!ops) return;
    for (const [opId, { kind }] of ops) if (kinds.includes(kind)) ops.delete(opId);
    if (ops.size === 0) this.doubts.delete(orderId);
  }
}
