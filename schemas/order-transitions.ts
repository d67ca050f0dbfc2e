import type { CommandBody } from './generated/orders-commands.ts';
import type { EventBody } from './generated/orders-events.ts';
import type { PaymentResult } from './payment-transitions.ts';
import { anomaly, type Cell, ignore, refuse, rule } from './transition-cell.ts';

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

/** The rules a cell may name; `processors/orders` has one function for each. */
export const orderRules = [
  'place',
  /** The same fingerprint is a known repeat, without event; another one is refused, `key-reused`. */
  'compare-fingerprint',
  'unwind-cancelled',
  /** `CancelNoted`: acted on at the next determinate answer; a second one is ignored. */
  'note-cancel',
  /** The customer must act, so no money is in flight: void and unwind at once; else noted. */
  'note-cancel-or-void',
  /** Refused `partly-shipped` when a piece left the building, `disputed` while the bank decides. */
  'cancel-confirmed',
  /** On its way to Cancelled the same wish is ignored; to another end it is refused, `closing`. */
  'cancel-unwinding',
  /** Closed as Cancelled the same wish is ignored; as something else it is refused, `closed`. */
  'cancel-closed',
  /** Refused `not-open`, `disputed`; all of an unshipped order is a cancel of it. */
  'cancel-lines',
  /** Refused `not-open`. */
  'ship',
  /** Refused `not-shipped`. */
  'deliver',
  /** Refused `not-returnable`. */
  'request-return',
  /** Refused `no-return`, `disputed`. */
  'receive-return',
  /** Refused `over-refund`, `currency-mismatch`, `disputed`. */
  'refund',
  'record-placed',
  'record-late-placed',
  'unwind-rejected',
  'end-hold',
  'record-commit',
  'record-reversal',
  'end-commit',
  /** The payment machine reads the input first; the order acts on its result by the rows of `PaymentResult`. */
  'ask-payment-machine',
  /** News of a provider before its order: `HintKept`, alarm after 10 min. */
  'keep-hint',
  /** The events of the payment machine say it all. */
  'record-money',
  'start-commit',
  'commit-captured',
  'unwind-declined',
  'unwind-expired',
  'confirm',
  'unwind-capture-failed',
  'act-on-noted-cancel',
  'give-up',
  /** Late money is given back (void, refund); what can end, ends. */
  'settle',
  'time-passed',
  'fire-hold-time',
  'fire-money-time',
  'fire-money-and-return-time',
] as const;
export type OrderRule = (typeof orderRules)[number];

export type OrderCell = Cell<OrderState, OrderRule>;
/** The commands for pieces and money of a confirmed order (`domain.md` §3, note 2). */
export const lineCommands = [
  'CancelLines',
  'RecordShipment',
  'RecordDelivery',
  'RequestReturn',
  'ReceiveReturn',
  'RequestRefund',
] as const;
export type LineCommand = (typeof lineCommands)[number];
export type OrderRow = Exclude<CommandBody['type'], 'Redrive'> | PaymentResult;
type Row = Readonly<Record<OrderState, OrderCell>>;

const unknownOrder = anomaly('unknown-order', 'unknown-order');
const noOrder = refuse('unknown-order');
const impossible = anomaly('impossible-in-this-state');
const recorded = ignore('already-recorded');

const lineRow = (decided: OrderCell): Row => ({
  none: noOrder,
  Holding: refuse('not-confirmed'),
  Authorizing: refuse('not-confirmed'),
  Committing: refuse('not-confirmed'),
  Capturing: refuse('not-confirmed'),
  Confirmed: decided,
  Unwinding: refuse('closing'),
  Closed: refuse('closed'),
});
const ofConfirmed = (name: OrderRule): Row => lineRow(rule(name, ['Confirmed']));

/** What is read by the payment machine; `to` has every state its results lead to. */
const moneyRow = (none: OrderCell): Row => ({
  none,
  Holding: rule('ask-payment-machine', ['Holding']),
  Authorizing: rule('ask-payment-machine', ['Authorizing', 'Committing', 'Unwinding']),
  Committing: rule('ask-payment-machine', ['Committing']),
  Capturing: rule('ask-payment-machine', ['Capturing', 'Confirmed', 'Unwinding']),
  Confirmed: rule('ask-payment-machine', ['Confirmed']),
  Unwinding: rule('ask-payment-machine', ['Unwinding', 'Closed']),
  Closed: rule('ask-payment-machine', ['Closed']),
});
const hintRow = moneyRow(rule('keep-hint', ['none']));

const settled = rule('settle', ['Unwinding', 'Closed']);
const settledLate = rule('settle', ['Closed']);
/** What is reserved, late or again, is dropped first. */
const voided = rule('settle', ['Unwinding']);
const money = (state: OrderState) => rule('record-money', [state]);

/** Authorized money that is void or lapsed before it was captured. */
const endedRow: Row = {
  none: unknownOrder,
  Holding: impossible,
  Authorizing: rule('unwind-expired', ['Unwinding']),
  // seen when the last hold is committed
  Committing: money('Committing'),
  Capturing: rule('unwind-expired', ['Unwinding']),
  Confirmed: impossible,
  Unwinding: settled,
  Closed: settledLate,
};

/**
 * Order state × command (`domain.md` §3), then × what the payment machine made of an input: ReportOutcome,
 * ReportFacts, ProviderHint, SettlementLine, ResolvePayment and the time of the money. A Tick's cells name what falls
 * due by itself.
 */
export const orderTransitions: Readonly<Record<OrderRow, Row>> = {
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
  CancelOrder: {
    none: noOrder,
    Holding: rule('unwind-cancelled', ['Unwinding']),
    Authorizing: rule('note-cancel-or-void', ['Authorizing', 'Unwinding']),
    Committing: rule('note-cancel', ['Committing']),
    Capturing: rule('note-cancel', ['Capturing']),
    Confirmed: rule('cancel-confirmed', ['Confirmed', 'Unwinding']),
    Unwinding: rule('cancel-unwinding', ['Unwinding']),
    Closed: rule('cancel-closed', ['Closed']),
  },
  CancelLines: lineRow(rule('cancel-lines', ['Confirmed', 'Unwinding'])),
  RecordShipment: ofConfirmed('ship'),
  RecordDelivery: ofConfirmed('deliver'),
  RequestReturn: ofConfirmed('request-return'),
  ReceiveReturn: ofConfirmed('receive-return'),
  RequestRefund: ofConfirmed('refund'),
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
    // the last one captures, confirms what is captured or free, or acts on a noted cancel or lapse
    Committing: rule('record-commit', ['Committing', 'Capturing', 'Confirmed', 'Unwinding']),
    Capturing: recorded,
    Confirmed: recorded,
    Unwinding: recorded,
    Closed: recorded,
  },
  CommitReversed: {
    none: unknownOrder,
    Holding: impossible,
    Authorizing: impossible,
    Committing: impossible,
    Capturing: impossible,
    Confirmed: rule('record-reversal', ['Confirmed']),
    Unwinding: rule('end-commit', ['Unwinding', 'Closed']),
    Closed: recorded,
  },
  ReportOutcome: moneyRow(unknownOrder),
  ReportFacts: moneyRow(unknownOrder),
  ProviderHint: hintRow,
  SettlementLine: hintRow,
  ResolvePayment: moneyRow(noOrder),
  Authorized: {
    none: unknownOrder,
    Holding: impossible,
    Authorizing: rule('start-commit', ['Committing', 'Unwinding']),
    Committing: recorded,
    Capturing: recorded,
    Confirmed: recorded,
    Unwinding: voided,
    Closed: settledLate,
  },
  Declined: {
    none: unknownOrder,
    Holding: impossible,
    Authorizing: rule('unwind-declined', ['Unwinding']),
    // a look-up may show it as late as that (§5, note 7); seen when the last hold is committed
    Committing: money('Committing'),
    Capturing: rule('unwind-declined', ['Unwinding']),
    Confirmed: impossible,
    Unwinding: settled,
    Closed: settledLate,
  },
  Captured: {
    none: unknownOrder,
    Holding: impossible,
    Authorizing: rule('commit-captured', ['Committing', 'Unwinding']),
    // seen when the last hold is committed
    Committing: money('Committing'),
    Capturing: rule('confirm', ['Confirmed', 'Unwinding']),
    Confirmed: recorded,
    Unwinding: settled,
    Closed: settledLate,
  },
  CaptureFailed: {
    none: unknownOrder,
    Holding: impossible,
    Authorizing: impossible,
    Committing: impossible,
    Capturing: rule('unwind-capture-failed', ['Unwinding']),
    Confirmed: impossible,
    Unwinding: voided,
    Closed: settledLate,
  },
  Voided: endedRow,
  Lapsed: endedRow,
  RefundResult: {
    none: unknownOrder,
    Holding: impossible,
    Authorizing: impossible,
    Committing: impossible,
    Capturing: impossible,
    Confirmed: money('Confirmed'),
    Unwinding: settled,
    Closed: settledLate,
  },
  InDoubt: {
    none: unknownOrder,
    Holding: impossible,
    Authorizing: money('Authorizing'),
    Committing: impossible,
    Capturing: money('Capturing'),
    // of a refund
    Confirmed: money('Confirmed'),
    Unwinding: money('Unwinding'),
    Closed: money('Closed'),
  },
  ActionRequired: {
    none: unknownOrder,
    Holding: impossible,
    Authorizing: rule('act-on-noted-cancel', ['Authorizing', 'Unwinding']),
    Committing: impossible,
    Capturing: money('Capturing'),
    Confirmed: money('Confirmed'),
    Unwinding: money('Unwinding'),
    Closed: money('Closed'),
  },
  GiveUp: {
    none: unknownOrder,
    Holding: impossible,
    Authorizing: rule('give-up', ['Unwinding']),
    Committing: impossible,
    Capturing: impossible,
    Confirmed: impossible,
    Unwinding: impossible,
    Closed: impossible,
  },
  Disputed: {
    none: unknownOrder,
    Holding: impossible,
    Authorizing: money('Authorizing'),
    Committing: money('Committing'),
    Capturing: money('Capturing'),
    Confirmed: money('Confirmed'),
    Unwinding: settled,
    Closed: settledLate,
  },
  Tick: {
    none: rule('time-passed', ['none']),
    Holding: rule('fire-hold-time', ['Unwinding']),
    Authorizing: rule('fire-money-time', ['Authorizing', 'Unwinding']),
    Committing: rule('fire-money-time', ['Committing']),
    Capturing: rule('fire-money-time', ['Capturing']),
    Confirmed: rule('fire-money-and-return-time', ['Confirmed']),
    Unwinding: rule('fire-money-time', ['Unwinding']),
    Closed: rule('fire-money-time', ['Closed']),
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
  CancelOrder: refuse('archived'),
  CancelLines: refuse('archived'),
  RecordShipment: refuse('archived'),
  RecordDelivery: refuse('archived'),
  RequestReturn: refuse('archived'),
  ReceiveReturn: refuse('archived'),
  RequestRefund: refuse('archived'),
  ResolvePayment: refuse('archived'),
  HoldPlaced: anomaly('archived'),
  HoldRefused: anomaly('archived'),
  HoldReleased: anomaly('archived'),
  HoldCommitted: anomaly('archived'),
  CommitReversed: anomaly('archived'),
  ReportOutcome: anomaly('archived'),
  ReportFacts: anomaly('archived'),
  ProviderHint: anomaly('archived'),
  SettlementLine: anomaly('archived'),
};

/** The events of a partition, which belong to no order. */
export type PartitionEvent = 'Barrier' | 'TimePassed' | 'CommandQuarantined';
/** The events about commands that wait for a person: they have an aggregate's key and are no step of it. */
export type ParkingEvent = 'CommandParked' | 'CommandRedriven' | 'RedriveAnswered';
/** What the runtime decides by itself. */
export type RuntimeEvent = PartitionEvent | ParkingEvent;
export type OrderEvent = Exclude<EventBody, { type: RuntimeEvent }>;
