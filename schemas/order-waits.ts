import { assertNever } from './assert-never.ts';
import type { CheckView, OrderView, RefundView } from './order-view.ts';

/** Somebody an order waits for, until when, and what happens then (`npx millrace orders show --explain`). */
export interface OrderWait {
  readonly whom: 'stock' | 'provider' | 'customer' | 'warehouse' | 'person';
  readonly what: string;
  /** Epoch ms, like `untilMs`; null where no event says it. */
  readonly sinceMs: number | null;
  /** Null: no deadline. */
  readonly untilMs: number | null;
  /** What happens at `untilMs`; null where nothing does. */
  readonly next: string | null;
  /** The next look-up at the provider; null where none is planned. */
  readonly nextCheckAtMs: number | null;
}

/** Since when money of the order is unknown, its refunds' included; null while none is. */
export function unknownSinceMs({ payment, refunds }: OrderView): number | null {
  const times = refunds.filter(({ status }) => status === 'unknown').map(({ sinceMs }) => sinceMs);
  return earliest(payment.status === 'unknown' ? [payment.sinceMs ?? 0, ...times] : times);
}

/** Since when the order waits for a person; null while it does not. */
export function personSinceMs({ persons, refunds }: OrderView): number | null {
  const due = refunds.filter(({ status }) => status === 'due');
  return earliest([...persons, ...due].map(({ sinceMs }) => sinceMs));
}

const earliest = (times: readonly number[]): number | null =>
  times.length === 0 ? null : times.reduce((least, at) => Math.min(least, at));

/** An operation without a report counts as unknown then (payments §4). */
const silentMs = 60_000;
const refundPendingMs = 10 * 86_400_000;
const returnMs = 30 * 86_400_000;

/** All an order waits for, derived from its document; empty for one at rest with nothing open. */
export function waitsOf(order: OrderView): readonly OrderWait[] {
  return [
    ...stockWaits(order),
    ...paymentWaits(order),
    ...order.refunds.flatMap(refundWaits),
    ...order.persons.map(({ reason, sinceMs }) => wait('person', `a person's word: ${reason}`, sinceMs)),
    ...warehouseWaits(order),
    ...order.returns
      .filter(({ status }) => status === 'requested')
      .map(({ returnId, atMs }) =>
        wait('customer', `return ${returnId} to arrive`, atMs, atMs + returnMs, 'the return lapses'),
      ),
  ];
}

const wait = (
  whom: OrderWait['whom'],
  what: string,
  sinceMs: number | null,
  untilMs: number | null = null,
  next: string | null = null,
  nextCheckAtMs: number | null = null,
): OrderWait => ({ whom, what, sinceMs, untilMs, next, nextCheckAtMs });

function stockWaits({
  status,
  holds,
  holdUntilMs,
  createdAtMs,
  updatedAtMs,
}: OrderView): readonly OrderWait[] {
  const open = (states: readonly string[]): number =>
    holds.filter(({ state }) => states.includes(state)).length;
  if (status === 'holding') {
    const what = `${open(['asked'])} holds to be placed`;
    return [wait('stock', what, createdAtMs, holdUntilMs, 'the order expires and its holds are released')];
  }
  if (status === 'committing')
    return [wait('stock', `${open(['placed'])} holds to become sales`, updatedAtMs)];
  const undone = open(['asked', 'placed', 'committed']);
  return status === 'unwinding' && undone > 0 ? [wait('stock', `${undone} holds to end`, updatedAtMs)] : [];
}

function paymentWaits({ payment, holdUntilMs }: OrderView): readonly OrderWait[] {
  const { status, kind, sinceMs, check } = payment;
  const expire = kind === 'authorize' ? 'it is voided and the order expires' : 'a person is asked';
  switch (status) {
    case 'authorizing':
    case 'capturing':
    case 'voiding':
      return [
        wait('provider', `an answer to the ${kind ?? 'request'}`, sinceMs, silentUntil(sinceMs), silentThen),
      ];
    case 'pending':
      return [
        wait(
          'provider',
          `the ${kind ?? 'request'} to end`,
          sinceMs,
          kind === 'authorize' ? holdUntilMs : null,
          expire,
        ),
      ];
    case 'action-required':
      return [wait('customer', 'his action at the provider', sinceMs, holdUntilMs, expire)];
    case 'unknown':
      return [unknownWait(`what became of the ${kind ?? 'payment'}`, sinceMs, check, expire)];
    case 'none':
    case 'authorized':
    case 'captured':
    case 'declined':
    case 'voided':
    case 'lapsed':
      return [];
    default:
      return assertNever(status);
  }
}

const silentThen = 'it counts as unknown and is looked up';
const silentUntil = (sinceMs: number | null): number | null => (sinceMs === null ? null : sinceMs + silentMs);

const unknownWait = (what: string, sinceMs: number | null, check: CheckView, next: string): OrderWait =>
  wait('provider', what, sinceMs, check.decideByMs, next, check.nextCheckAtMs);

function refundWaits({ refundId, status, sinceMs, check }: RefundView): readonly OrderWait[] {
  const what = `refund ${refundId}`;
  switch (status) {
    case 'requested':
      return [wait('provider', what, sinceMs, silentUntil(sinceMs), silentThen)];
    case 'pending':
      return [wait('provider', what, sinceMs, sinceMs + refundPendingMs, 'a person is asked')];
    case 'unknown':
      return [unknownWait(`what became of ${what}`, sinceMs, check, 'a person is asked')];
    case 'due':
      return [wait('person', `another way to pay ${what}`, sinceMs)];
    case 'succeeded':
    case 'failed':
      return [];
    default:
      return assertNever(status);
  }
}

function warehouseWaits({ status, lines, updatedAtMs }: OrderView): readonly OrderWait[] {
  if (status !== 'confirmed') return [];
  const open = lines.reduce(
    (sum, { quantity, cancelled, shipped }) => sum + quantity - cancelled - shipped,
    0,
  );
  return open > 0 ? [wait('warehouse', `${open} pieces to be shipped`, updatedAtMs)] : [];
}
