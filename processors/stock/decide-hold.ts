import type {
  CommitHold,
  PlaceHold,
  ReleaseHold,
  ReverseCommit,
  ShipAllocated,
} from '../../schemas/generated/stock-commands.ts';
import type { HoldRefused } from '../../schemas/generated/stock-events.ts';
import { anomalous, eventsOfCell, type NoteSubject } from '../../schemas/notes.ts';
import { recallId } from '../../schemas/recent-ids.ts';
import { type HoldCommand, holdTransitions, skuTransitions } from '../../schemas/stock-transitions.ts';
import { isWithinLimit } from './purchase-limit.ts';
import type { StockDecision } from './stock-decision.ts';
import { holdStateOf, leftOfHold, type Stock, type StockCommand, type StockEvent } from './stock.ts';

type HoldBody = Extract<StockCommand, { holdId: string }>;
type Rules = Readonly<Record<string, () => readonly StockEvent[]>>;

/** All or nothing: never a part of what was asked for. */
export function placeHold(decision: StockDecision<PlaceHold>): readonly StockEvent[] {
  const { stock, body, about } = decision;
  const { holdId, quantity, customerId, untilMs } = body;
  const placed = (pieces: number, repeat: boolean): StockEvent[] => [
    { type: 'HoldPlaced', ...holdPlaceOf(stock, body), quantity: pieces, customerId, untilMs, repeat },
  ];
  const askSku = () =>
    eventsOfCell<string, string, StockEvent>(skuTransitions.PlaceHold[stock.state], about, {
      'take-hold': () => {
        if (quantity > stock.onHand - stock.held) return [refuseHold(stock, body, 'insufficient')];
        return isWithinLimit(stock.limit, customerId, quantity)
          ? placed(quantity, false)
          : [refuseHold(stock, body, 'customer-limit')];
      },
      'refuse-hold-unknown-sku': () => [refuseHold(stock, body, 'unknown-sku')],
      'refuse-hold-halted': () => [refuseHold(stock, body, 'halted')],
    });
  return eventsOfHold(decision, {
    'ask-sku': askSku,
    'reply-placed': () => placed(stock.open.get(holdId) ?? stock.sold.get(holdId) ?? 0, true),
    'refuse-hold-ended': () => [refuseHold(stock, body, 'ended')],
  });
}

export function commitHold(decision: StockDecision<CommitHold>): readonly StockEvent[] {
  const { stock, body } = decision;
  const committed = (quantity: number | undefined, repeat: boolean): StockEvent[] => [
    { type: 'HoldCommitted', ...holdPlaceOf(stock, body), quantity: quantity ?? 0, repeat },
  ];
  return eventsOfHold(decision, {
    commit: () => committed(stock.open.get(body.holdId), false),
    'reply-committed': () => committed(stock.sold.get(body.holdId), true),
  });
}

export function releaseHold(decision: StockDecision<ReleaseHold>): readonly StockEvent[] {
  const { stock, body, atMs } = decision;
  const { reason } = body;
  const released = (quantity: number | undefined, repeat: boolean): StockEvent[] => [
    { type: 'HoldReleased', ...holdPlaceOf(stock, body), quantity: quantity ?? 0, reason, repeat },
  ];
  return eventsOfHold(decision, {
    tombstone: () => released(0, false),
    release: () => released(stock.open.get(body.holdId), false),
    'reply-released': () => released(recallId(stock.ended, body.holdId, atMs)?.quantity, true),
  });
}

/** Pieces of a sale go back on hand, all that is left or a part. */
export function reverseCommit(decision: StockDecision<ReverseCommit>): readonly StockEvent[] {
  const { stock, body, atMs } = decision;
  const reversed = (quantity: number | undefined, repeat: boolean): StockEvent[] => [
    { type: 'CommitReversed', ...holdPlaceOf(stock, body), quantity: quantity ?? 0, repeat },
  ];
  return eventsOfHold(decision, {
    reverse: () => tooMuch(decision) ?? reversed(body.quantity, false),
    'reply-reversed': () => reversed(recallId(stock.ended, body.holdId, atMs)?.quantity, true),
  });
}

/** Pieces of a sale leave the building, all that is left or a part. */
export function shipAllocated(decision: StockDecision<ShipAllocated>): readonly StockEvent[] {
  const { stock, body } = decision;
  const { quantity, shipmentId } = body;
  return eventsOfHold(decision, {
    ship: () =>
      tooMuch(decision) ?? [{ type: 'AllocationShipped', ...holdPlaceOf(stock, body), quantity, shipmentId }],
  });
}

/** An order never asks for more of a hold than is left of it; null if it did not. */
function tooMuch({
  stock,
  body,
  about,
}: StockDecision<ReverseCommit | ShipAllocated>): readonly StockEvent[] | null {
  return body.quantity > leftOfHold(stock, body.holdId)
    ? [anomalous(inState(about, 'Committed'), 'more-than-committed')]
    : null;
}

function eventsOfHold(
  { stock, body, about, atMs }: StockDecision<HoldBody>,
  rules: Rules,
): readonly StockEvent[] {
  const state = holdStateOf(stock, body.holdId, atMs);
  const command: HoldCommand = body.type;
  return eventsOfCell<string, string, StockEvent>(
    holdTransitions[command][state],
    inState(about, state),
    rules,
  );
}

const inState = (about: NoteSubject, hold: string): NoteSubject => ({
  ...about,
  state: `${about.state}/${hold}`,
});

const holdPlaceOf = (stock: Stock, body: HoldBody) => ({
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
