import type { CommandBody } from '../../schemas/generated/stock-commands.ts';
import type { EventBody } from '../../schemas/generated/stock-events.ts';
import { isRuntimeEvent, type Note } from '../../schemas/notes.ts';
import { createRecentIds, type RecentIds, recallId, rememberId } from '../../schemas/recent-ids.ts';
import {
  holdPath,
  type HoldState,
  skuPath,
  type SkuState,
  type StockEvent as SkuEvent,
  stockStepOf,
} from '../../schemas/stock-transitions.ts';

/** A Redrive is the runtime's alone. */
export type StockCommand = Exclude<CommandBody, { type: 'Redrive' }>;
export type StockEvent = EventBody;

/**
 * One SKU of one store, folded from its events; the truth about its units. Whole pieces. Changed in place by
 * `evolveStock` alone: a hot SKU has 100,000 open holds, and none of its maps is ever copied.
 */
export interface Stock {
  readonly store: string;
  readonly sku: string;
  state: SkuState;
  /** Sellable and unsold. */
  onHand: number;
  /** Σ open holds; available = onHand − held. */
  held: number;
  /** Committed, not shipped. */
  allocated: number;
  received: number;
  /** Signed sum of the corrections. */
  adjusted: number;
  committed: number;
  /** Quantity of each open hold, by hold id, oldest first. */
  readonly open: Map<string, number>;
  /** Quantity of each committed hold that is not shipped. */
  readonly sold: Map<string, number>;
  /** Quantity of each hold that ended in the last 24 h; 0 for a tombstone. */
  readonly ended: RecentIds<number>;
  /** Fingerprint of each movement of the last 24 h, by command id. */
  readonly commands: RecentIds<string | null>;
}

export const createStock = (store: string, sku: string): Stock => ({
  store,
  sku,
  state: 'Unknown',
  onHand: 0,
  held: 0,
  allocated: 0,
  received: 0,
  adjusted: 0,
  committed: 0,
  open: new Map(),
  sold: new Map(),
  ended: createRecentIds(),
  commands: createRecentIds(),
});

/** The state of one hold of the SKU at `atMs`. */
export function holdStateOf(stock: Stock, holdId: string, atMs: number): HoldState {
  if (stock.open.has(holdId)) return 'Held';
  if (stock.sold.has(holdId)) return 'Committed';
  return recallId(stock.ended, holdId, atMs) === undefined ? 'none' : 'Ended';
}

/**
 * Folds one event into the SKU, in place; owns `stock`. Throws if the event cannot stand in this state or a level
 * would fall below 0: the journal is wrong, and going on would corrupt.
 */
export function evolveStock(stock: Stock | undefined, event: StockEvent, atMs: number): Stock | undefined {
  if (isRuntimeEvent(event) || event.type === 'AnomalyRecorded' || event.type === 'HoldRefused') return stock;
  if (event.type === 'CommandIgnored' || event.type === 'CommandRefused') {
    return event.commandId === null ? stock : rememberNoted(stock, event, atMs);
  }
  return fold(stock ?? createStock(event.store, event.sku), event, atMs);
}

/** A refused or ignored command is remembered too: a late copy of it must find the same answer. */
function rememberNoted(
  stock: Stock | undefined,
  note: Exclude<Note, { type: 'AnomalyRecorded' }>,
  atMs: number,
): Stock {
  const slash = note.key.lastIndexOf('/');
  const known = stock ?? createStock(note.key.slice(0, slash), note.key.slice(slash + 1));
  rememberId(known.commands, note.commandId ?? '', note.fingerprint, atMs);
  return known;
}

type Change = Exclude<SkuEvent, Note | { type: 'HoldRefused' }>;

function fold(stock: Stock, event: Change, atMs: number): Stock {
  stock.state = nextState(stock, event, atMs);
  switch (event.type) {
    case 'StockReceived':
      stock.onHand += event.quantity;
      stock.received += event.quantity;
      break;
    case 'StockAdjusted':
      stock.onHand += event.quantity;
      stock.adjusted += event.quantity;
      break;
    case 'HoldPlaced':
      if (event.repeat) break;
      stock.open.set(event.holdId, event.quantity);
      stock.held += event.quantity;
      break;
    case 'HoldCommitted':
      if (event.repeat) break;
      stock.open.delete(event.holdId);
      stock.sold.set(event.holdId, event.quantity);
      stock.held -= event.quantity;
      stock.onHand -= event.quantity;
      stock.allocated += event.quantity;
      stock.committed += event.quantity;
      break;
    case 'HoldReleased':
      if (event.repeat) break;
      stock.open.delete(event.holdId);
      rememberId(stock.ended, event.holdId, event.quantity, atMs);
      stock.held -= event.quantity;
      break;
    case 'SkuHalted':
    case 'SkuResumed':
      break;
  }
  if ('commandId' in event && event.commandId !== null) {
    rememberId(stock.commands, event.commandId, event.fingerprint, atMs);
  }
  if (stock.held < 0 || stock.onHand < stock.held) {
    throw new Error(`${event.type} leaves ${stock.onHand} on hand, ${stock.held} held of ${event.sku}`);
  }
  return stock;
}

function nextState(stock: Stock, event: Change, atMs: number): SkuState {
  const step = stockStepOf(event);
  const next = skuPath[step][stock.state];
  if (next === null) throw new Error(`${step} of ${event.sku} cannot stand in state ${stock.state}`);
  if ('holdId' in event) {
    const held = holdStateOf(stock, event.holdId, atMs);
    if (!isHoldStep(step) || holdPath[step][held] === null) {
      throw new Error(`${step} of ${event.holdId} cannot stand in state ${held}`);
    }
  }
  return next;
}

const isHoldStep = (step: string): step is keyof typeof holdPath => step in holdPath;
