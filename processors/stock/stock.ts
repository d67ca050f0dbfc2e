import { assertNever } from '../../schemas/assert-never.ts';
import type { CommandBody } from '../../schemas/generated/stock-commands.ts';
import type { EventBody } from '../../schemas/generated/stock-events.ts';
import { isRuntimeEvent, type Note } from '../../schemas/notes.ts';
import { createRecentIds, type RecentIds, recallId, rememberId } from '../../schemas/recent-ids.ts';
import {
  type EndedHoldState,
  holdPath,
  type HoldState,
  type HoldStep,
  skuPath,
  type SkuState,
  type StockEvent as SkuEvent,
  stockStepOf,
} from '../../schemas/stock-transitions.ts';
import {
  countHold,
  createPurchaseLimit,
  forgetHold,
  type PurchaseLimit,
  uncountPieces,
} from './purchase-limit.ts';

/** A Redrive is the runtime's alone. */
export type StockCommand = Exclude<CommandBody, { type: 'Redrive' }>;
export type StockEvent = EventBody;

/** A hold that ended in the last 24 h: how, and the pieces its last reply spoke of (0: a tombstone). */
export interface EndedHold {
  readonly as: EndedHoldState;
  readonly quantity: number;
}

/**
 * One SKU of one store, folded from its events; the truth about its units. Whole pieces. Changed in place by
 * `evolveStock` alone: a hot SKU has 100,000 open holds, and none of its maps is ever copied.
 * onHand = received + restocked + adjusted + reversed − committed; allocated = committed − reversed − shipped.
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
  /** Came back and can be sold again. */
  restocked: number;
  /** Signed sum of the corrections. */
  adjusted: number;
  committed: number;
  /** Committed and taken back before shipping. */
  reversed: number;
  shipped: number;
  /** Quantity of each open hold, by hold id, oldest first. */
  readonly open: Map<string, number>;
  /** Quantity of each committed hold that is not all reversed or shipped. */
  readonly sold: Map<string, number>;
  /** Pieces of those that were reversed or shipped already; none with 0. */
  readonly gone: Map<string, number>;
  readonly ended: RecentIds<EndedHold>;
  /** Fingerprint of each movement of the last 24 h, by command id; null for a receipt of a return (`restockIdOf`). */
  readonly commands: RecentIds<string | null>;
  limit: PurchaseLimit | null;
}

export const createStock = (store: string, sku: string): Stock => ({
  store,
  sku,
  state: 'Unknown',
  onHand: 0,
  held: 0,
  allocated: 0,
  received: 0,
  restocked: 0,
  adjusted: 0,
  committed: 0,
  reversed: 0,
  shipped: 0,
  open: new Map(),
  sold: new Map(),
  gone: new Map(),
  ended: createRecentIds(),
  commands: createRecentIds(),
  limit: null,
});

/** The state of one hold of the SKU at `atMs`. */
export function holdStateOf(stock: Stock, holdId: string, atMs: number): HoldState {
  if (stock.open.has(holdId)) return 'Held';
  if (stock.sold.has(holdId)) return 'Committed';
  return recallId(stock.ended, holdId, atMs)?.as ?? 'none';
}

/** Pieces of a hold that are neither released, reversed nor shipped; 0 without one. */
export const leftOfHold = (stock: Stock, holdId: string): number =>
  stock.open.get(holdId) ?? (stock.sold.get(holdId) ?? 0) - (stock.gone.get(holdId) ?? 0);

/** What a restock is remembered by: a return may come back in several receipts. No command id has a colon. */
export const restockIdOf = (of: { readonly returnId: string; readonly receiptId: string }): string =>
  `${of.returnId}:${of.receiptId}`;

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
type HoldChange = Extract<Change, { holdId: string }>;
type Movement = Exclude<Change, HoldChange>;

function fold(stock: Stock, event: Change, atMs: number): Stock {
  const step = stockStepOf(event);
  const next = skuPath[step][stock.state];
  if (next === null) throw new Error(`${step} of ${event.sku} cannot stand in state ${stock.state}`);
  stock.state = next;
  if ('holdId' in event) foldHold(stock, event, atMs);
  else foldMovement(stock, event, atMs);
  if (stock.held < 0 || stock.onHand < stock.held || stock.allocated < 0) {
    const levels = `${stock.onHand} on hand, ${stock.held} held, ${stock.allocated} allocated`;
    throw new Error(`${event.type} leaves ${levels} of ${event.sku}`);
  }
  return stock;
}

function foldMovement(stock: Stock, event: Movement, atMs: number): void {
  switch (event.type) {
    case 'StockReceived':
      stock.onHand += event.quantity;
      stock.received += event.quantity;
      break;
    case 'StockAdjusted':
      stock.onHand += event.quantity;
      stock.adjusted += event.quantity;
      break;
    case 'StockRestocked':
      if (event.repeat) return;
      stock.onHand += event.quantity;
      stock.restocked += event.quantity;
      rememberId(stock.commands, restockIdOf(event), null, atMs);
      return;
    case 'PurchasesLimited':
      limitTo(stock, event.perCustomer);
      break;
    case 'SkuHalted':
    case 'SkuResumed':
      break;
  }
  if (event.commandId !== null) rememberId(stock.commands, event.commandId, event.fingerprint, atMs);
}

/** A limit that is only moved keeps its counts; one that is lifted forgets them. */
function limitTo(stock: Stock, perCustomer: number | null): void {
  if (perCustomer === null) stock.limit = null;
  else if (stock.limit) stock.limit.perCustomer = perCustomer;
  else stock.limit = createPurchaseLimit(perCustomer);
}

function foldHold(stock: Stock, event: HoldChange, atMs: number): void {
  const { holdId, quantity } = event;
  const before = leftOfHold(stock, holdId);
  expectStep(stock, event, before, atMs);
  if ('repeat' in event && event.repeat) return;
  switch (event.type) {
    case 'HoldPlaced':
      stock.open.set(holdId, quantity);
      stock.held += quantity;
      if (stock.limit) countHold(stock.limit, event);
      break;
    case 'HoldCommitted':
      stock.open.delete(holdId);
      stock.sold.set(holdId, quantity);
      stock.held -= quantity;
      stock.onHand -= quantity;
      stock.allocated += quantity;
      stock.committed += quantity;
      break;
    case 'HoldReleased':
      stock.held -= quantity;
      if (stock.limit) uncountPieces(stock.limit, holdId, quantity);
      endHold(stock, event, 'Released', atMs);
      break;
    case 'CommitReversed':
      stock.allocated -= quantity;
      stock.onHand += quantity;
      stock.reversed += quantity;
      if (stock.limit) uncountPieces(stock.limit, holdId, quantity);
      takePieces(stock, event, { before, as: 'Reversed', atMs });
      break;
    case 'AllocationShipped':
      stock.allocated -= quantity;
      stock.shipped += quantity;
      takePieces(stock, event, { before, as: 'Shipped', atMs });
      break;
  }
}

/** Pieces of a sale go; the last of them end it. */
function takePieces(
  stock: Stock,
  event: HoldChange,
  { before, as, atMs }: { before: number; as: EndedHoldState; atMs: number },
): void {
  const { holdId, quantity } = event;
  if (before === quantity) endHold(stock, event, as, atMs);
  else stock.gone.set(holdId, (stock.gone.get(holdId) ?? 0) + quantity);
}

function endHold(stock: Stock, { holdId, quantity }: HoldChange, as: EndedHoldState, atMs: number): void {
  stock.open.delete(holdId);
  stock.sold.delete(holdId);
  stock.gone.delete(holdId);
  rememberId(stock.ended, holdId, { as, quantity }, atMs);
  if (stock.limit) forgetHold(stock.limit, holdId);
}

/** Throws if the event cannot stand in the hold's state, or moves other pieces than the hold has. */
function expectStep(stock: Stock, event: HoldChange, before: number, atMs: number): void {
  const state = holdStateOf(stock, event.holdId, atMs);
  const step = holdStepOf(event, before);
  if (holdPath[step][state] === null) {
    throw new Error(`${step} of ${event.holdId} cannot stand in state ${state}`);
  }
  if (event.type === 'HoldPlaced' || ('repeat' in event && event.repeat)) return;
  const isPart = event.type === 'CommitReversed' || event.type === 'AllocationShipped';
  if (isPart ? event.quantity > before : event.quantity !== before) {
    throw new Error(`${step} of ${event.quantity} pieces of ${event.holdId}, which has ${before}`);
  }
}

function holdStepOf(event: HoldChange, before: number): HoldStep {
  const isLast = event.quantity === before;
  switch (event.type) {
    case 'AllocationShipped':
      return isLast ? 'AllocationShipped:last' : 'AllocationShipped';
    case 'CommitReversed':
      if (event.repeat) return 'CommitReversed:repeat';
      return isLast ? 'CommitReversed:last' : 'CommitReversed';
    case 'HoldPlaced':
    case 'HoldCommitted':
    case 'HoldReleased':
      return event.repeat ? `${event.type}:repeat` : event.type;
    default:
      return assertNever(event);
  }
}
