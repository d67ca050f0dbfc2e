import type { Cause, Event } from './generated/orders-events.ts';
import type { Command, Redrive } from './generated/orders-commands.ts';

/** A body of a command or event: a record of the topic's union, told apart by `type`. */
export interface Body {
  readonly type: string;
}

/** What stands on an inbox. The shape is the same for the three processors, only the bodies differ. */
export type CommandEnvelope<B extends Body> = Command<B>;

/** What stands on a journal (`messages.md` §2). `seq` and offsets are dense; times are epoch ms. */
export type EventEnvelope<B extends Body> = Event<B>;

export type { Cause };

/** The command that every inbox takes beside Tick, and no domain decides. */
export type { Redrive };

/** The bodies every journal may carry. */
export type {
  Barrier,
  TimePassed,
  CommandIgnored,
  CommandRefused,
  CommandQuarantined,
  CommandParked,
  CommandRedriven,
  RedriveAnswered,
  AnomalyRecorded,
} from './generated/orders-events.ts';
