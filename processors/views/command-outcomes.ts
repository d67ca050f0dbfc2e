import type { CommandIgnored, CommandRefused } from '../../schemas/envelope.ts';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import { type CommandOutcomeView, commandOutcomesMax, type OrderView } from '../../schemas/order-view.ts';

/** An answer to a command from outside that changed nothing. */
export type OutcomeNote = CommandIgnored | CommandRefused;

/**
 * True for the notes an order's document tells of: who sent the command reads there what became of it. A note on a reply
 * or a report names no command; a refused placing is not the order's that stands under its id.
 */
export const isOutcomeNote = (body: EventBody): body is OutcomeNote & EventBody =>
  (body.type === 'CommandIgnored' || body.type === 'CommandRefused') &&
  body.commandId !== null &&
  body.command !== 'PlaceOrder';

/** The outcomes an order's document shows after one event of it; pure. */
export function foldOutcomes(
  { commands }: OrderView,
  body: EventBody,
  at: { readonly atMs: number; readonly position: string },
): readonly CommandOutcomeView[] {
  const isCancelling = body.type === 'UnwindStarted' && body.to === 'Cancelled';
  const settled = isCancelling ? commands.map((each) => afterUnwinding(each, at)) : commands;
  if (!('commandId' in body) || body.commandId === null) return settled;
  const { commandId, fingerprint } = body;
  // One command may give several events: the first says what became of it.
  if (settled.some((each) => each.commandId === commandId)) return settled;
  const outcome: CommandOutcomeView = {
    commandId,
    fingerprint,
    is: wordOf(body),
    event: body.type,
    reason: isOutcomeNote(body) ? body.reason : null,
    detail: body.type === 'CommandRefused' ? body.detail : null,
    ...at,
  };
  return [...settled, outcome].slice(-commandOutcomesMax);
}

function wordOf(body: EventBody): CommandOutcomeView['is'] {
  if (body.type === 'CommandRefused') return 'refused';
  if (body.type === 'CommandIgnored') return 'unchanged';
  return body.type === 'CancelNoted' ? 'noted' : 'done';
}

/** Whoever asked to cancel has what he asked for, once the order is unwinding for it. */
const afterUnwinding = (
  each: CommandOutcomeView,
  at: { readonly atMs: number; readonly position: string },
): CommandOutcomeView =>
  each.is === 'noted' ? { ...each, is: 'done', event: 'UnwindStarted', ...at } : each;
