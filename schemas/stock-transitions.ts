import type { CommandBody } from './generated/stock-commands.ts';
import type { EventBody } from './generated/stock-events.ts';
import type { RuntimeEvent } from './order-transitions.ts';
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

/** States of a SKU. Unknown: nothing was ever received, though ids of its commands may be remembered. */
export const skuStates = ['Unknown', 'Open', 'Halted'] as const;
export type SkuState = (typeof skuStates)[number];

/** How a hold ended: given back unsold, the sale taken back, or out of the building; its last pieces decide. */
export const endedHoldStates = ['Released', 'Reversed', 'Shipped'] as const;
export type EndedHoldState = (typeof endedHoldStates)[number];

/** States of one hold. Ended holds are remembered for 24 h, then read as `none` again. */
export const holdStates = ['none', 'Held', 'Committed', ...endedHoldStates] as const;
export type HoldState = (typeof holdStates)[number];

export const skuRules = [
  'receive',
  /** Refused `would-break-holds` below the open holds, `out-of-range` beyond 2^53 − 1. */
  'adjust',
  'halt',
  'resume',
  /** Refused `out-of-range`; a receipt of a return that came before moves nothing again. */
  'restock',
  /** Ignored `same-limit`. */
  'limit',
  /** Refused `insufficient`, then `customer-limit`. */
  'take-hold',
  'refuse-hold-unknown-sku',
  'refuse-hold-halted',
  'time-passed',
] as const;
export type SkuRule = (typeof skuRules)[number];
export type SkuCell = Cell<SkuState, SkuRule>;

export const holdRules = [
  /** The SKU's own row of PlaceHold decides. */
  'ask-sku',
  'reply-placed',
  'refuse-hold-ended',
  'commit',
  'reply-committed',
  'tombstone',
  'release',
  'reply-released',
  /** More than is left of the hold is impossible here. */
  'reverse',
  'reply-reversed',
  /** More than is left of the hold is impossible here. */
  'ship',
] as const;
export type HoldRule = (typeof holdRules)[number];
export type HoldCell = Cell<HoldState, HoldRule>;

export type HoldCommand = 'PlaceHold' | 'CommitHold' | 'ReleaseHold' | 'ReverseCommit' | 'ShipAllocated';
export type SkuCommand = Exclude<CommandBody['type'], Exclude<HoldCommand, 'PlaceHold'> | 'Redrive'>;

/** SKU state × command (`domain.md` §4); PlaceHold of a hold not seen yet. */
export const skuTransitions: Readonly<Record<SkuCommand, Readonly<Record<SkuState, SkuCell>>>> = {
  ReceiveStock: {
    Unknown: rule('receive', ['Open']),
    Open: rule('receive', ['Open']),
    Halted: rule('receive', ['Halted']),
  },
  AdjustStock: {
    Unknown: refuse('unknown-sku'),
    Open: rule('adjust', ['Open']),
    Halted: rule('adjust', ['Halted']),
  },
  Halt: {
    Unknown: refuse('unknown-sku'),
    Open: rule('halt', ['Halted']),
    Halted: ignore('already-halted'),
  },
  Resume: {
    Unknown: refuse('unknown-sku'),
    Open: ignore('not-halted'),
    Halted: rule('resume', ['Open']),
  },
  Restock: {
    Unknown: refuse('unknown-sku'),
    Open: rule('restock', ['Open']),
    Halted: rule('restock', ['Halted']),
  },
  LimitPurchases: {
    Unknown: refuse('unknown-sku'),
    Open: rule('limit', ['Open']),
    Halted: rule('limit', ['Halted']),
  },
  PlaceHold: {
    Unknown: rule('refuse-hold-unknown-sku', ['Unknown']),
    Open: rule('take-hold', ['Open']),
    Halted: rule('refuse-hold-halted', ['Halted']),
  },
  Tick: {
    Unknown: rule('time-passed', ['Unknown']),
    Open: rule('time-passed', ['Open']),
    Halted: rule('time-passed', ['Halted']),
  },
};

const impossible = anomaly('impossible-in-this-state');

/** Hold state × command. A repeated command gets the same reply. */
export const holdTransitions: Readonly<Record<HoldCommand, Readonly<Record<HoldState, HoldCell>>>> = {
  PlaceHold: {
    none: rule('ask-sku', ['none', 'Held']),
    Held: rule('reply-placed', ['Held']),
    Committed: rule('reply-placed', ['Committed']),
    Released: rule('refuse-hold-ended', ['Released']),
    Reversed: rule('refuse-hold-ended', ['Reversed']),
    Shipped: rule('refuse-hold-ended', ['Shipped']),
  },
  CommitHold: {
    none: impossible,
    Held: rule('commit', ['Committed']),
    Committed: rule('reply-committed', ['Committed']),
    Released: impossible,
    Reversed: impossible,
    Shipped: impossible,
  },
  ReleaseHold: {
    // the undo may come before the do: the do must then find it
    none: rule('tombstone', ['Released']),
    Held: rule('release', ['Released']),
    Committed: impossible,
    Released: rule('reply-released', ['Released']),
    // such a hold never got that reply, so there is none to give again
    Reversed: impossible,
    Shipped: impossible,
  },
  ReverseCommit: {
    none: impossible,
    Held: impossible,
    Committed: rule('reverse', ['Committed', 'Reversed']),
    Released: impossible,
    Reversed: rule('reply-reversed', ['Reversed']),
    Shipped: impossible,
  },
  ShipAllocated: {
    none: impossible,
    Held: impossible,
    Committed: rule('ship', ['Committed', 'Shipped']),
    Released: impossible,
    Reversed: impossible,
    Shipped: impossible,
  },
};

export type StockEvent = Exclude<EventBody, { type: RuntimeEvent }>;

/** A SKU's events; a repeated reply is a step of its own, since it moves nothing. */
export const stockSteps = [
  'StockReceived',
  'StockAdjusted',
  'SkuHalted',
  'SkuResumed',
  'StockRestocked',
  'StockRestocked:repeat',
  'PurchasesLimited',
  'HoldPlaced',
  'HoldPlaced:repeat',
  'HoldRefused',
  'HoldCommitted',
  'HoldCommitted:repeat',
  'HoldReleased',
  'HoldReleased:repeat',
  'CommitReversed',
  'CommitReversed:repeat',
  'AllocationShipped',
  'CommandIgnored',
  'CommandRefused',
  'AnomalyRecorded',
] as const;
export type StockStep = (typeof stockSteps)[number];

/** The row of `skuPath` an event belongs to. */
export function stockStepOf(event: StockEvent): StockStep {
  return 'repeat' in event && event.repeat ? `${event.type}:repeat` : event.type;
}

/** Events of one hold; `:last` takes what was left of it, which the event alone does not tell. */
export const holdSteps = [
  'HoldPlaced',
  'HoldPlaced:repeat',
  'HoldRefused',
  'HoldCommitted',
  'HoldCommitted:repeat',
  'HoldReleased',
  'HoldReleased:repeat',
  'CommitReversed',
  'CommitReversed:last',
  'CommitReversed:repeat',
  'AllocationShipped',
  'AllocationShipped:last',
] as const;
export type HoldStep = (typeof holdSteps)[number];

const sku = (legal: Readonly<Partial<Record<SkuState, SkuState>>>) => movesOf(skuStates, legal);
const hold = (legal: Readonly<Partial<Record<HoldState, HoldState>>>) => movesOf(holdStates, legal);
const known = sku({ Open: 'Open', Halted: 'Halted' });

/** SKU state × event → state. What is null must never stand in a journal. */
export const skuPath: PathTable<SkuState, StockStep> = {
  StockReceived: sku({ Unknown: 'Open', Open: 'Open', Halted: 'Halted' }),
  StockAdjusted: known,
  SkuHalted: sku({ Open: 'Halted' }),
  SkuResumed: sku({ Halted: 'Open' }),
  StockRestocked: known,
  'StockRestocked:repeat': known,
  PurchasesLimited: known,
  HoldPlaced: sku({ Open: 'Open' }),
  'HoldPlaced:repeat': known,
  HoldRefused: keepsState(skuStates),
  HoldCommitted: known,
  'HoldCommitted:repeat': known,
  // a tombstone may stand at a SKU nobody knows
  HoldReleased: keepsState(skuStates),
  'HoldReleased:repeat': keepsState(skuStates),
  CommitReversed: known,
  'CommitReversed:repeat': known,
  AllocationShipped: known,
  CommandIgnored: keepsState(skuStates),
  CommandRefused: keepsState(skuStates),
  AnomalyRecorded: keepsState(skuStates),
};

/** Hold state × event of that hold → state. A HoldRefused opens nothing. */
export const holdPath: PathTable<HoldState, HoldStep> = {
  HoldPlaced: hold({ none: 'Held' }),
  'HoldPlaced:repeat': hold({ Held: 'Held', Committed: 'Committed' }),
  HoldRefused: hold({ none: 'none', Released: 'Released', Reversed: 'Reversed', Shipped: 'Shipped' }),
  HoldCommitted: hold({ Held: 'Committed' }),
  'HoldCommitted:repeat': hold({ Committed: 'Committed' }),
  HoldReleased: hold({ none: 'Released', Held: 'Released' }),
  'HoldReleased:repeat': hold({ Released: 'Released' }),
  CommitReversed: hold({ Committed: 'Committed' }),
  'CommitReversed:last': hold({ Committed: 'Reversed' }),
  'CommitReversed:repeat': hold({ Reversed: 'Reversed' }),
  AllocationShipped: hold({ Committed: 'Committed' }),
  'AllocationShipped:last': hold({ Committed: 'Shipped' }),
};
