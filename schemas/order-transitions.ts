import type { CommandBody } from './generated/orders-commands.ts';
import type { EventBody } from './generated/orders-events.ts';
import {
  anomaly,
  type Cell,
  ignore,
  keepsState,
  movesOf,
  type PathTable,
  refuse,
  rule,
} from './transition-cell.ts';

/** States of an order; `none` before it is placed. Authorizing and Capturing include pending and unknown money. */
export const orderStates = [
  'none',
  'Holding',
  'Authorizing',
  'Committing',
  'Capturing',
  'Confirmed',
  'Unwinding',
  'Closed',
] as const;
export type OrderState = (typeof orderStates)[number];

/** What the payment machine made of a `ReportOutcome`; the order acts on these, not on the bare outcome. */
export const paymentResults = [
  'PaymentAuthorized',
  'PaymentDeclined',
  'PaymentCaptured',
  'PaymentUnknown',
] as const;
export type PaymentResult = (typeof paymentResults)[number];

/** The rules a cell may name; `processors/orders` has one function for each. */
export const orderRules = [
  'place',
  /** The same fingerprint is a known repeat, without event; another one is refused, `key-reused`. */
  'compare-fingerprint',
  'record-placed',
  'record-late-placed',
  'unwind-rejected',
  'end-hold',
  'record-commit',
  'ask-payment-machine',
  'start-commit',
  'unwind-declined',
  'confirm',
  'record-unknown',
  'time-passed',
] as const;
export type OrderRule = (typeof orderRules)[number];

export type OrderCell = Cell<OrderState, OrderRule>;
export type OrderRow = Exclude<CommandBody['type'], 'Redrive'> | PaymentResult;

const unknownOrder = anomaly('unknown-order', 'unknown-order');
const impossible = anomaly('impossible-in-this-state');
const recorded = ignore('already-recorded');
/** Cells whose rule needs void, refund or look-up, which this version does not ask for: the alarm calls a person. */
const later = (need: 'void' | 'refund' | 'look-up') => anomaly(`needs-${need}`);

/** Order state × command (`reference/domain.md` §3). A `ReportOutcome` is first read by the payment machine. */
export const orderTransitions: Readonly<Record<OrderRow, Readonly<Record<OrderState, OrderCell>>>> = {
  PlaceOrder: {
    none: rule('place', ['Holding']),
    Holding: rule('compare-fingerprint', ['Holding']),
    Authorizing: rule('compare-fingerprint', ['Authorizing']),
    Committing: rule('compare-fingerprint', ['Committing']),
    Capturing: rule('compare-fingerprint', ['Capturing']),
    Confirmed: rule('compare-fingerprint', ['Confirmed']),
    Unwinding: rule('compare-fingerprint', ['Unwinding']),
    Closed: rule('compare-fingerprint', ['Closed']),
  },
  HoldPlaced: {
    none: unknownOrder,
    // the last of its holds moves the order; without money (total 0) straight to Committing
    Holding: rule('record-placed', ['Holding', 'Authorizing', 'Committing']),
    Authorizing: recorded,
    Committing: recorded,
    Capturing: recorded,
    Confirmed: recorded,
    Unwinding: rule('record-late-placed', ['Unwinding']),
    Closed: impossible,
  },
  HoldRefused: {
    none: unknownOrder,
    Holding: rule('unwind-rejected', ['Unwinding', 'Closed']),
    Authorizing: impossible,
    Committing: impossible,
    Capturing: impossible,
    Confirmed: impossible,
    Unwinding: rule('end-hold', ['Unwinding', 'Closed']),
    Closed: impossible,
  },
  HoldReleased: {
    none: unknownOrder,
    Holding: impossible,
    Authorizing: impossible,
    Committing: impossible,
    Capturing: impossible,
    Confirmed: impossible,
    Unwinding: rule('end-hold', ['Unwinding', 'Closed']),
    Closed: recorded,
  },
  HoldCommitted: {
    none: unknownOrder,
    Holding: impossible,
    Authorizing: impossible,
    Committing: rule('record-commit', ['Committing', 'Capturing', 'Confirmed']),
    Capturing: recorded,
    Confirmed: recorded,
    Unwinding: recorded,
    Closed: recorded,
  },
  ReportOutcome: {
    none: unknownOrder,
    Holding: rule('ask-payment-machine', ['Holding']),
    Authorizing: rule('ask-payment-machine', ['Authorizing', 'Committing', 'Unwinding']),
    Committing: rule('ask-payment-machine', ['Committing']),
    Capturing: rule('ask-payment-machine', ['Capturing', 'Confirmed']),
    Confirmed: rule('ask-payment-machine', ['Confirmed']),
    Unwinding: rule('ask-payment-machine', ['Unwinding']),
    Closed: rule('ask-payment-machine', ['Closed']),
  },
  PaymentAuthorized: {
    none: unknownOrder,
    Holding: impossible,
    Authorizing: rule('start-commit', ['Committing']),
    Committing: recorded,
    Capturing: recorded,
    Confirmed: recorded,
    Unwinding: later('void'),
    Closed: later('void'),
  },
  PaymentDeclined: {
    none: unknownOrder,
    Holding: impossible,
    Authorizing: rule('unwind-declined', ['Unwinding']),
    Committing: impossible,
    Capturing: impossible,
    Confirmed: impossible,
    Unwinding: later('void'),
    Closed: recorded,
  },
  PaymentCaptured: {
    none: unknownOrder,
    Holding: impossible,
    Authorizing: later('look-up'),
    Committing: later('look-up'),
    Capturing: rule('confirm', ['Confirmed']),
    Confirmed: recorded,
    Unwinding: later('refund'),
    Closed: later('refund'),
  },
  PaymentUnknown: {
    none: unknownOrder,
    Holding: impossible,
    Authorizing: rule('record-unknown', ['Authorizing']),
    Committing: impossible,
    Capturing: rule('record-unknown', ['Capturing']),
    Confirmed: later('refund'),
    Unwinding: later('void'),
    Closed: later('void'),
  },
  Tick: {
    none: rule('time-passed', ['none']),
    Holding: rule('time-passed', ['Holding']),
    Authorizing: rule('time-passed', ['Authorizing']),
    Committing: rule('time-passed', ['Committing']),
    Capturing: rule('time-passed', ['Capturing']),
    Confirmed: rule('time-passed', ['Confirmed']),
    Unwinding: rule('time-passed', ['Unwinding']),
    Closed: rule('time-passed', ['Closed']),
  },
};

/**
 * What a command comes to for an order that was archived: of such an order only a hash of its id is known. Who asks
 * for something is refused; what somebody reports is kept with an alarm.
 */
export const archivedTransitions: Readonly<
  Record<Exclude<CommandBody['type'], 'Redrive' | 'Tick'>, OrderCell>
> = {
  PlaceOrder: refuse('archived'),
  HoldPlaced: anomaly('archived'),
  HoldRefused: anomaly('archived'),
  HoldReleased: anomaly('archived'),
  HoldCommitted: anomaly('archived'),
  ReportOutcome: anomaly('archived'),
};

/** The events of a partition, which belong to no order. */
export type PartitionEvent = 'Barrier' | 'TimePassed' | 'CommandQuarantined';
/** The events about commands that wait for a person: they have an aggregate's key and are no step of it. */
export type ParkingEvent = 'CommandParked' | 'CommandRedriven' | 'RedriveAnswered';
/** What the runtime decides by itself. */
export type RuntimeEvent = PartitionEvent | ParkingEvent;
export type OrderEvent = Exclude<EventBody, { type: RuntimeEvent }>;

/** An order's events, told apart where the path depends on more than the type. */
export const orderSteps = [
  'OrderPlaced',
  'HoldRecorded:placed',
  'HoldRecorded:refused',
  'HoldRecorded:released',
  'PaymentOpRequested:authorize',
  'PaymentOpRequested:capture',
  'PaymentOpRequested:void',
  'PaymentOpRequested:refund',
  'PaymentAuthorized',
  'PaymentDeclined',
  'PaymentCaptured',
  'PaymentUnknown',
  'CommitStarted',
  'CommitRecorded',
  'OrderConfirmed',
  'UnwindStarted',
  'OrderClosed',
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

/** Order state × event → state. What is null must never stand in a journal; `evolve` throws on it. */
export const orderPath: PathTable<OrderState, OrderStep> = {
  OrderPlaced: moves({ none: 'Holding' }),
  'HoldRecorded:placed': moves({ Holding: 'Holding', Unwinding: 'Unwinding' }),
  'HoldRecorded:refused': moves({ Holding: 'Holding', Unwinding: 'Unwinding' }),
  'HoldRecorded:released': moves({ Unwinding: 'Unwinding' }),
  'PaymentOpRequested:authorize': moves({ Holding: 'Authorizing' }),
  'PaymentOpRequested:capture': moves({ Committing: 'Capturing' }),
  'PaymentOpRequested:void': moves({}),
  'PaymentOpRequested:refund': moves({}),
  PaymentAuthorized: moves({ Authorizing: 'Authorizing' }),
  PaymentDeclined: moves({ Authorizing: 'Authorizing' }),
  PaymentCaptured: moves({ Capturing: 'Capturing' }),
  PaymentUnknown: moves({ Authorizing: 'Authorizing', Capturing: 'Capturing' }),
  CommitStarted: moves({ Authorizing: 'Committing', Holding: 'Committing' }),
  CommitRecorded: moves({ Committing: 'Committing' }),
  OrderConfirmed: moves({ Capturing: 'Confirmed', Committing: 'Confirmed' }),
  UnwindStarted: moves({ Holding: 'Unwinding', Authorizing: 'Unwinding' }),
  OrderClosed: moves({ Unwinding: 'Closed' }),
  OrderArchived: moves({ Confirmed: 'Confirmed', Closed: 'Closed' }),
  CommandIgnored: keepsState(orderStates),
  CommandRefused: keepsState(orderStates),
  AnomalyRecorded: keepsState(orderStates),
};
