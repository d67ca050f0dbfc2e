import type { Body, CommandParked, CommandRedriven, EventEnvelope } from '../../schemas/envelope.ts';
import { FatalFault } from './faults.ts';

/** A command that waits for a Redrive, as its `CommandParked` says. */
export interface ParkedCommand {
  /** Inbox offset. */
  readonly offset: number;
  /** Its type; `Tick` where the aggregate's own due work threw. */
  readonly command: string;
  /** The inbox record's value as it stood. */
  readonly value: Uint8Array;
}

/** Parked commands by aggregate, oldest first; an aggregate without any has no entry. */
export type ParkedCommands = Map<string, ParkedCommand[]>;

/** The reason of a command that is not poison itself: one of its aggregate is parked before it. */
export const parkedBehind = 'behind';

/** Folds an event about parked commands. Throws a FatalFault if a redrive is not of the oldest one. */
export function foldParking(parked: ParkedCommands, { seq, cause, body }: EventEnvelope<Body>): void {
  if (body.type === 'CommandParked') {
    const { key, command, value } = body as CommandParked;
    const waiting = parked.get(key);
    const last = { offset: cause.offset, command, value };
    if (waiting) waiting.push(last);
    else parked.set(key, [last]);
  }
  if (body.type !== 'CommandRedriven') return;
  const { key, offset } = body as CommandRedriven;
  const waiting = parked.get(key) ?? [];
  if (waiting[0]?.offset !== offset) {
    const oldest = waiting[0] ? `offset ${waiting[0].offset}` : 'none';
    throw new FatalFault(
      'impossible',
      `event ${seq} redrives offset ${offset}, the oldest parked is ${oldest}`,
    );
  }
  if (waiting.length === 1) parked.delete(key);
  else waiting.shift();
}

const reasonLengthMax = 200;

/**
 * An error as the journal may keep it, for ever: its name and text, without what may be a value. Quoted text and
 * every word with a digit or an @ become an ellipsis.
 */
export function parkingReason(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const text = message
    .replace(/"[^"]*"|'[^']*'|`[^`]*`/g, '…')
    .replace(/\S*[\d@]\S*/g, '…')
    .replace(/\s+/g, ' ');
  return `${name}: ${text}`.slice(0, reasonLengthMax);
}
