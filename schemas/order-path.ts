import { type OrderEvent, type OrderState, orderStates } from './order-transitions.ts';
import { keepsState, movesOf, type PathTable } from './transition-cell.ts';

/** An order's events, told apart where the path depends on more than the type. */
export const orderSteps = [
  'OrderPlaced',
  'HoldRecorded:placed',
  'HoldRecorded:refused',
  'HoldRecorded:released',
  'HoldRecorded:reversed',
  'PaymentOpRequested:authorize',
  'PaymentOpRequested:capture',
  'PaymentOpRequested:void',
  'PaymentOpRequested:refund',
  'PaymentAuthorized',
  'PaymentDeclined',
  'PaymentCaptured',
  'PaymentUnknown',
  'PaymentVoided',
  'PaymentLapsed',
  'PaymentCaptureFailed',
  'PaymentPending',
  'PaymentActionRequired',
  'LookUpRequested',
  'CancelNoted',
  'CommitStarted',
  'CommitRecorded',
  'OrderConfirmed',
  'UnwindStarted',
  'OrderClosed',
  'LinesCancelled',
  'ShipmentRecorded',
  'DeliveryRecorded',
  'ReturnRequested',
  'ReturnReceived',
  'ReturnLapsed',
  'RefundRequested',
  'RefundRecorded',
  'RefundDue',
  'DisputeRecorded',
  'HintKept',
  'DiscrepancyRecorded',
  'PersonNeeded',
  'PaymentResolved',
  'OrderArchived',
  'CommandIgnored',
  'CommandRefused',
  'AnomalyRecorded',
] as const;
export type OrderStep = (typeof orderSteps)[number];

/** The row of `orderPath` an event belongs to. */
export function orderStepOf(event: OrderEvent): OrderStep {
  if (event.type === 'HoldRecorded') return `HoldRecorded:${event.as}`;
  if (event.type === 'PaymentOpRequested') return `PaymentOpRequested:${event.kind}`;
  return event.type;
}

const moves = (legal: Readonly<Partial<Record<OrderState, OrderState>>>) => movesOf(orderStates, legal);
const stays = (...states: readonly OrderState[]) =>
  moves(Object.fromEntries(states.map((state) => [state, state])));
/** Wherever there may be money: what is late in an order that is being undone, or was, is given back. */
const undone = ['Unwinding', 'Closed'] as const;
const placed = ['Holding', 'Authorizing', 'Committing', 'Capturing', 'Confirmed', ...undone] as const;

/** Order state × event → state. What is null must never stand in a journal; `evolve` throws on it. */
export const orderPath: PathTable<OrderState, OrderStep> = {
  OrderPlaced: moves({ none: 'Holding' }),
  'HoldRecorded:placed': stays('Holding', 'Unwinding'),
  'HoldRecorded:refused': stays('Holding', 'Unwinding'),
  'HoldRecorded:released': stays('Unwinding'),
  'HoldRecorded:reversed': stays('Confirmed', 'Unwinding'),
  // again in the next states: the same operation is sent once more
  'PaymentOpRequested:authorize': moves({ Holding: 'Authorizing', Authorizing: 'Authorizing' }),
  'PaymentOpRequested:capture': moves({ Committing: 'Capturing', Capturing: 'Capturing' }),
  'PaymentOpRequested:void': stays(...undone),
  'PaymentOpRequested:refund': stays('Confirmed', ...undone),
  PaymentAuthorized: stays('Authorizing', ...undone),
  PaymentDeclined: stays('Authorizing', 'Committing', 'Capturing', ...undone),
  PaymentCaptured: stays('Authorizing', 'Committing', 'Capturing', ...undone),
  PaymentUnknown: stays('Authorizing', 'Capturing', 'Confirmed', ...undone),
  PaymentVoided: stays('Authorizing', 'Committing', 'Capturing', ...undone),
  PaymentLapsed: stays('Authorizing', 'Committing', 'Capturing', ...undone),
  PaymentCaptureFailed: stays('Capturing', ...undone),
  PaymentPending: stays('Authorizing', 'Capturing', 'Confirmed', ...undone),
  PaymentActionRequired: stays('Authorizing', 'Capturing', 'Confirmed', ...undone),
  LookUpRequested: stays(...placed),
  CancelNoted: stays('Authorizing', 'Committing', 'Capturing'),
  CommitStarted: moves({ Authorizing: 'Committing', Holding: 'Committing' }),
  CommitRecorded: stays('Committing'),
  OrderConfirmed: moves({ Capturing: 'Confirmed', Committing: 'Confirmed' }),
  // again in Unwinding: while money is open the first one names no stock, the next one does
  UnwindStarted: moves({
    Holding: 'Unwinding',
    Authorizing: 'Unwinding',
    Committing: 'Unwinding',
    Capturing: 'Unwinding',
    Confirmed: 'Unwinding',
    Unwinding: 'Unwinding',
  }),
  OrderClosed: moves({ Unwinding: 'Closed' }),
  LinesCancelled: stays('Confirmed'),
  ShipmentRecorded: stays('Confirmed'),
  DeliveryRecorded: stays('Confirmed'),
  ReturnRequested: stays('Confirmed'),
  ReturnReceived: stays('Confirmed'),
  ReturnLapsed: stays('Confirmed'),
  RefundRequested: stays('Confirmed', ...undone),
  RefundRecorded: stays('Confirmed', ...undone),
  RefundDue: stays('Confirmed', ...undone),
  DisputeRecorded: stays(...placed),
  HintKept: stays('none'),
  DiscrepancyRecorded: stays(...placed),
  PersonNeeded: stays(...placed),
  PaymentResolved: stays(...placed),
  OrderArchived: stays('Confirmed', 'Closed'),
  CommandIgnored: keepsState(orderStates),
  CommandRefused: keepsState(orderStates),
  AnomalyRecorded: keepsState(orderStates),
};
