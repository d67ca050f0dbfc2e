import { assertNever } from '../../../schemas/assert-never.ts';

/** A payment in the provider's books and every change it can go through. Pure; times are the provider's clock, epoch ms. */
export interface PaymentRecord {
  readonly id: string;
  readonly opId: string;
  readonly orderId: string;
  readonly store: string;
  /** The test token: what becomes of later operations hangs on it. */
  readonly token: string;
  readonly currency: string;
  readonly amount: number;
  readonly status: PaymentStatus;
  readonly captured: number;
  readonly captureBeforeMs: number;
  /** Why it was cancelled or declined. */
  readonly reason: string | null;
  readonly refunds: readonly RefundRecord[];
  readonly disputes: readonly DisputeRecord[];
  /** Money that moved, for the settlement files. */
  readonly moves: readonly Move[];
  /** What will happen by itself, in the order it was arranged. */
  readonly later: readonly Later[];
}

export type PaymentStatus =
  | 'requires_action'
  | 'processing'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled'
  | 'requires_payment_method';

export interface RefundRecord {
  readonly id: string;
  readonly opId: string;
  readonly amount: number;
  readonly status: 'pending' | 'succeeded' | 'failed';
}

export interface DisputeRecord {
  readonly id: string;
  readonly amount: number;
  readonly status: 'open' | 'won' | 'lost';
}

/** `gross` is signed: negative where money left the shop. */
export interface Move {
  readonly id: string;
  readonly kind: 'charge' | 'refund' | 'dispute' | 'adjustment';
  readonly opId: string | null;
  readonly gross: number;
  readonly atMs: number;
}

export type Change =
  | { readonly is: 'authorized' }
  | { readonly is: 'declined'; readonly code: string }
  | { readonly is: 'captured'; readonly amount: number; readonly opId: string | null }
  | { readonly is: 'voided' }
  | { readonly is: 'lapsed' }
  | { readonly is: 'refund'; readonly refund: RefundRecord }
  | { readonly is: 'dispute'; readonly dispute: DisputeRecord };

export interface Later {
  readonly atMs: number;
  readonly change: Change;
}

/** The record with all that fell due by `nowMs`, oldest first. The same object if nothing did. */
export function asOf(record: PaymentRecord, nowMs: number): PaymentRecord {
  let current = record;
  for (;;) {
    const due = current.later
      .filter(({ atMs }) => atMs <= nowMs)
      .reduce<Later | null>((first, next) => (first && first.atMs <= next.atMs ? first : next), null);
    if (!due) return current;
    const later = current.later.filter((other) => other !== due);
    current = applyChange({ ...current, later }, due.change, due.atMs);
  }
}

/** The record after a change; the same where the change cannot stand any more (a capture overtook it). */
export function applyChange(record: PaymentRecord, change: Change, atMs: number): PaymentRecord {
  const { status } = record;
  switch (change.is) {
    case 'authorized':
      return status === 'requires_action' || status === 'processing' ? authorized(record) : record;
    case 'declined':
      return status === 'requires_action' || status === 'processing'
        ? { ...record, status: 'requires_payment_method', reason: change.code }
        : record;
    case 'captured':
      return status === 'requires_capture' || status === 'processing'
        ? captured(record, change, atMs)
        : record;
    case 'voided':
      return status === 'succeeded' || status === 'canceled'
        ? record
        : { ...record, status: 'canceled', reason: 'requested_by_customer', later: [] };
    case 'lapsed':
      return status === 'requires_capture' ? { ...record, status: 'canceled', reason: 'expired' } : record;
    case 'refund':
      return withRefund(record, change.refund, atMs);
    case 'dispute':
      return withDispute(record, change.dispute, atMs);
    default:
      return assertNever(change);
  }
}

/** Reserved from now on; the reservation ends by itself. */
export const authorized = (record: PaymentRecord): PaymentRecord => ({
  ...record,
  status: 'requires_capture',
  later: [...record.later, { atMs: record.captureBeforeMs, change: { is: 'lapsed' } }],
});

function captured(
  record: PaymentRecord,
  { amount, opId }: Extract<Change, { is: 'captured' }>,
  atMs: number,
): PaymentRecord {
  return {
    ...record,
    status: 'succeeded',
    captured: amount,
    later: record.later.filter(({ change }) => change.is !== 'lapsed'),
    moves: [...record.moves, { id: `txn_${record.id}`, kind: 'charge', opId, gross: amount, atMs }],
  };
}

function withRefund(record: PaymentRecord, refund: RefundRecord, atMs: number): PaymentRecord {
  const before = record.refunds.find(({ id }) => id === refund.id);
  const { id, opId, amount, status } = refund;
  const move = { id: `txn_${id}_${status}`, opId, atMs };
  const moves: Move[] = [...record.moves];
  if (status === 'succeeded' && before?.status !== 'succeeded')
    moves.push({ ...move, kind: 'refund', gross: -amount });
  if (status === 'failed' && before?.status === 'succeeded')
    moves.push({ ...move, kind: 'adjustment', gross: amount });
  const others = record.refunds.filter((other) => other !== before);
  return { ...record, refunds: [...others, refund], moves };
}

function withDispute(record: PaymentRecord, dispute: DisputeRecord, atMs: number): PaymentRecord {
  const before = record.disputes.find(({ id }) => id === dispute.id);
  const { id, amount, status } = dispute;
  const move = { id: `txn_${id}_${status}`, kind: 'dispute' as const, opId: null, atMs };
  const moves: Move[] = [...record.moves];
  if (!before) moves.push({ ...move, gross: -amount });
  if (status === 'won' && before?.status === 'open') moves.push({ ...move, gross: amount });
  const others = record.disputes.filter((other) => other !== before);
  return { ...record, disputes: [...others, dispute], moves };
}

/** What may still be given back: refunds under way count, failed ones do not. */
export function refundable({ captured: taken, refunds }: PaymentRecord): number {
  return refunds.reduce((left, { status, amount }) => (status === 'failed' ? left : left - amount), taken);
}
