import { assertNever } from '../../schemas/assert-never.ts';
import type { Command, CommitHold, PlaceHold, ReleaseHold } from '../../schemas/generated/stock-commands.ts';
import type { HoldRefused } from '../../schemas/generated/stock-events.ts';
import { skuKeyOf } from '../../schemas/ids.ts';
import { eventsOfCell, noteSubject, type NoteSubject, refused } from '../../schemas/notes.ts';
import { recallId } from '../../schemas/recent-ids.ts';
import { holdTransitions, skuTransitions } from '../../schemas/stock-transitions.ts';
import { createStock, holdStateOf, type Stock, type StockCommand, type StockEvent } from './stock.ts';

type Movement = Extract<StockCommand, { type: 'ReceiveStock' | 'AdjustStock' | 'Halt' | 'Resume' }>;

/** What every rule needs of its command. */
interface Decision<B extends StockCommand> {
  readonly stock: Stock;
  readonly body: B;
  readonly about: NoteSubject;
  readonly atMs: number;
}

/**
 * Decides one command for one SKU by `skuTransitions` and `holdTransitions`. Quantities are whole pieces, `atMs` is
 * the log's clock. Units are checked and taken in this one step. A refusal is an event; throws only on a bug.
 */
export function decideStock(
  known: Stock | undefined,
  command: Command<StockCommand>,
  atMs: number,
): readonly StockEvent[] {
  const { body, store } = command;
  if (body.type === 'Tick') return [{ type: 'TimePassed', atMs }];
  const stock = known ?? createStock(store, body.sku);
  const about = noteSubject(command, skuKeyOf(store, body.sku), stock.state);
  switch (body.type) {
    case 'PlaceHold':
      return placeHold({ stock, body, about, atMs });
    case 'CommitHold':
      return commitHold({ stock, body, about, atMs });
    case 'ReleaseHold':
      return releaseHold({ stock, body, about, atMs });
    case 'ReceiveStock':
    case 'AdjustStock':
    case 'Halt':
    case 'Resume': {
      const before = about.commandId === null ? undefined : recallId(stock.commands, about.commandId, atMs);
      if (before !== undefined) {
        return before === about.fingerprint ? [] : [refused(about, 'key-reused')];
      }
      return decideMovement({ stock, body, about, atMs });
    }
    default:
      return assertNever(body);
  }
}

function decideMovement({ stock, body, about }: Decision<Movement>): readonly StockEvent[] {
  const moved = {
    store: stock.store,
    sku: stock.sku,
    reason: body.reason,
    commandId: about.commandId,
    fingerprint: about.fingerprint,
    requestId: about.requestId,
  };
  const quantity = 'quantity' in body ? body.quantity : 0;
  return eventsOfCell<string, string, StockEvent>(skuTransitions[body.type][stock.state], about, {
    receive: () =>
      areSafe(stock.onHand + quantity, stock.received + quantity)
        ? [{ type: 'StockReceived', ...moved, quantity }]
        : [refused(about, 'out-of-range')],
    adjust: () => {
      if (stock.onHand + quantity < stock.held) return [refused(about, 'would-break-holds', heldBy(stock))];
      return areSafe(stock.onHand + quantity, stock.adjusted + quantity)
        ? [{ type: 'StockAdjusted', ...moved, quantity }]
        : [refused(about, 'out-of-range')];
    },
    halt: () => [{ type: 'SkuHalted', ...moved }],
    resume: () => [{ type: 'SkuResumed', ...moved }],
  });
}

const areSafe = (...levels: readonly number[]): boolean => levels.every(Number.isSafeInteger);

const namedMax = 5;

/** The orders whose holds stand in the way, the oldest first; null if no hold is open. */
function heldBy({ open }: Stock): string | null {
  const named: string[] = [];
  for (const holdId of open.keys()) {
    if (named.length === namedMax) break;
    named.push(holdId.slice(0, holdId.indexOf(':')));
  }
  if (named.length === 0) return null;
  const more = open.size > namedMax ? ` and ${open.size - namedMax} more` : '';
  return `held by ${named.join(', ')}${more}`;
}

/** All or nothing: never a part of what was asked for. */
function placeHold({ stock, body, about, atMs }: Decision<PlaceHold>): readonly StockEvent[] {
  const { holdId, quantity } = body;
  const state = holdStateOf(stock, holdId, atMs);
  const asked = { ...holdPlaceOf(stock, body), customerId: body.customerId, untilMs: body.untilMs };
  const askSku = () =>
    eventsOfCell<string, string, StockEvent>(skuTransitions.PlaceHold[stock.state], about, {
      'take-hold': () =>
        quantity > stock.onHand - stock.held
          ? [refuseHold(stock, body, 'insufficient')]
          : [{ type: 'HoldPlaced', ...asked, quantity, repeat: false }],
      'refuse-hold-unknown-sku': () => [refuseHold(stock, body, 'unknown-sku')],
      'refuse-hold-halted': () => [refuseHold(stock, body, 'halted')],
    });
  return eventsOfCell<string, string, StockEvent>(holdTransitions.PlaceHold[state], inState(about, state), {
    'ask-sku': askSku,
    'reply-placed': () => {
      const before = stock.open.get(holdId) ?? stock.sold.get(holdId) ?? 0;
      return [{ type: 'HoldPlaced', ...asked, quantity: before, repeat: true }];
    },
    'refuse-hold-ended': () => [refuseHold(stock, body, 'ended')],
  });
}

function commitHold({ stock, body, about, atMs }: Decision<CommitHold>): readonly StockEvent[] {
  const state = holdStateOf(stock, body.holdId, atMs);
  const committed = (quantity: number | undefined, repeat: boolean): StockEvent[] => [
    { type: 'HoldCommitted', ...holdPlaceOf(stock, body), quantity: quantity ?? 0, repeat },
  ];
  return eventsOfCell<string, string, StockEvent>(holdTransitions.CommitHold[state], inState(about, state), {
    commit: () => committed(stock.open.get(body.holdId), false),
    'reply-committed': () => committed(stock.sold.get(body.holdId), true),
  });
}

function releaseHold({ stock, body, about, atMs }: Decision<ReleaseHold>): readonly StockEvent[] {
  const state = holdStateOf(stock, body.holdId, atMs);
  const released = (quantity: number | undefined, repeat: boolean): StockEvent[] => [
    {
      type: 'HoldReleased',
      ...holdPlaceOf(stock, body),
      quantity: quantity ?? 0,
      reason: body.reason,
      repeat,
    },
  ];
  return eventsOfCell<string, string, StockEvent>(holdTransitions.ReleaseHold[state], inState(about, state), {
    tombstone: () => released(0, false),
    release: () => released(stock.open.get(body.holdId), false),
    'reply-released': () => released(recallId(stock.ended, body.holdId, atMs), true),
  });
}

const inState = (about: NoteSubject, hold: string): NoteSubject => ({
  ...about,
  state: `${about.state}/${hold}`,
});

const holdPlaceOf = (stock: Stock, body: PlaceHold | CommitHold | ReleaseHold) => ({
  store: stock.store,
  sku: stock.sku,
  holdId: body.holdId,
  orderId: body.orderId,
});

const refuseHold = (stock: Stock, body: PlaceHold, reason: HoldRefused['reason']): HoldRefused => ({
  type: 'HoldRefused',
  ...holdPlaceOf(stock, body),
  quantity: body.quantity,
  reason,
  available: stock.onHand - stock.held,
});
