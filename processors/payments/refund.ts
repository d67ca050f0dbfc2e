import type {
  PaymentOpRequested,
  PaymentPending,
  PaymentUnknown,
  RefundRecorded,
} from '../../schemas/generated/orders-events.ts';
import { refundPath, type RefundState, type RefundStep } from '../../schemas/refund-transitions.ts';
import { type Doubt, doubtByPending, doubtByUnknown, underNewKey } from './doubt.ts';

/** One refund: its id is its number, so two equal refunds differ. Changed in place by `evolveRefund` alone. */
export interface Refund {
  readonly opId: string;
  attempt: number;
  readonly amountMinor: number;
  state: RefundState;
  /** When the attempt was asked for first: its key lives from then on. */
  askedAtMs: number;
  sentAtMs: number;
  sends: number;
  doubt: Doubt | null;
  /** The provider's reference of the refund. */
  pspRef: string | null;
}

interface Refunded {
  refunds: Refund[] | null;
}

/** The refund of that operation, or undefined. */
export const refundOf = ({ refunds }: Refunded, opId: string | null): Refund | undefined =>
  refunds === null ? undefined : refunds.find((refund) => refund.opId === opId);

/** The refund's own id, which the order gave it. */
export const refundIdOf = ({ opId }: Pick<Refund, 'opId'>): string => opId.slice(opId.lastIndexOf(':') + 1);

type RefundEvent = PaymentOpRequested | PaymentUnknown | PaymentPending | RefundRecorded;

/** Folds one event of a refund. Throws if it cannot stand: the journal is wrong. */
export function evolveRefund(payment: Refunded, event: RefundEvent, atMs: number): void {
  const refund = refundOf(payment, event.opId);
  if (!refund) {
    if (event.type !== 'PaymentOpRequested')
      throw new Error(`${event.type} of ${event.opId}, never asked for`);
    payment.refunds ??= [];
    payment.refunds.push(asked(event, atMs));
    return;
  }
  refund.state = nextRefundState(refund.state, event);
  switch (event.type) {
    case 'PaymentOpRequested':
      if (refund.attempt !== event.attempt) {
        refund.askedAtMs = atMs;
        refund.doubt = refund.doubt && underNewKey(refund.doubt);
      }
      refund.attempt = event.attempt;
      refund.sentAtMs = atMs;
      refund.sends += 1;
      return;
    case 'PaymentUnknown':
      refund.doubt = doubtByUnknown(refund.doubt, event, atMs);
      return;
    case 'PaymentPending':
      refund.doubt = doubtByPending(null, 'pending', 'refund', null, atMs);
      refund.pspRef = event.pspRef;
      return;
    case 'RefundRecorded':
      refund.doubt = null;
      refund.pspRef = event.pspRef ?? refund.pspRef;
      return;
  }
}

const asked = ({ opId, attempt, amountMinor }: PaymentOpRequested, atMs: number): Refund => ({
  opId,
  attempt,
  amountMinor,
  state: 'Requested',
  askedAtMs: atMs,
  sentAtMs: atMs,
  sends: 1,
  doubt: null,
  pspRef: null,
});

function nextRefundState(state: RefundState, event: RefundEvent): RefundState {
  const next = refundPath[stepOf(event)][state];
  if (next === null)
    throw new Error(`${stepOf(event)} of ${event.opId} cannot stand in refund state ${state}`);
  return next;
}

function stepOf(event: RefundEvent): RefundStep {
  if (event.type === 'PaymentOpRequested') return 'PaymentOpRequested:refund';
  return event.type === 'RefundRecorded' ? `RefundRecorded:${event.as}` : event.type;
}
