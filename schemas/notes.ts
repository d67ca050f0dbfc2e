import { assertNever } from './assert-never.ts';
import type { AnomalyRecorded, Body, CommandIgnored, CommandRefused } from './envelope.ts';
import type { ParkingEvent, PartitionEvent, RuntimeEvent } from './order-transitions.ts';
import type { Cell } from './transition-cell.ts';

/** The events every journal may carry about a command that changed nothing. */
export type Note = CommandIgnored | CommandRefused | AnomalyRecorded;

export const isNote = <E extends Body>(event: E): event is Extract<E, { type: Note['type'] }> =>
  event.type === 'CommandIgnored' || event.type === 'CommandRefused' || event.type === 'AnomalyRecorded';

/** True for the events of a partition, which belong to no aggregate and have no key. */
export const isPartitionEvent = <E extends Body>(event: E): event is Extract<E, { type: PartitionEvent }> =>
  event.type === 'Barrier' || event.type === 'TimePassed' || event.type === 'CommandQuarantined';

/** True for the events about parked commands. They have an aggregate's key, but say nothing of its state. */
export const isParkingEvent = <E extends Body>(event: E): event is Extract<E, { type: ParkingEvent }> =>
  event.type === 'CommandParked' || event.type === 'CommandRedriven' || event.type === 'RedriveAnswered';

/** True for the events that the runtime decides: no domain folds them. */
export const isRuntimeEvent = <E extends Body>(event: E): event is Extract<E, { type: RuntimeEvent }> =>
  isPartitionEvent(event) || isParkingEvent(event);

/** What a note says of its command. `key` is the record key: the aggregate. */
export interface NoteSubject {
  readonly command: string;
  readonly key: string;
  /** Name of the aggregate's state, for the reader of an anomaly. */
  readonly state: string;
  readonly commandId: string | null;
  readonly fingerprint: string | null;
  readonly requestId: string | null;
}

/** What `decide` knows of a command, as the subject of a note. */
export const noteSubject = (
  command: {
    readonly commandId: string | null;
    readonly fingerprint: string | null;
    readonly requestId: string | null;
    readonly body: { readonly type: string };
  },
  key: string,
  state: string,
): NoteSubject => ({
  command: command.body.type,
  key,
  state,
  commandId: command.commandId,
  fingerprint: command.fingerprint,
  requestId: command.requestId,
});

export const ignored = (subject: NoteSubject, reason: string): CommandIgnored => ({
  type: 'CommandIgnored',
  command: subject.command,
  key: subject.key,
  reason,
  commandId: subject.commandId,
  fingerprint: subject.fingerprint,
});

export const refused = (
  subject: NoteSubject,
  reason: string,
  detail: string | null = null,
): CommandRefused => ({
  type: 'CommandRefused',
  command: subject.command,
  key: subject.key,
  reason,
  commandId: subject.commandId,
  fingerprint: subject.fingerprint,
  requestId: subject.requestId,
  detail,
});

export const anomalous = (subject: NoteSubject, reason: string): AnomalyRecorded => ({
  type: 'AnomalyRecorded',
  command: subject.command,
  key: subject.key,
  state: subject.state,
  reason,
});

/**
 * The events of a table's cell. `rules` has the function of every rule the row may name; a rule without one is a bug
 * and throws.
 */
export function eventsOfCell<State extends string, Rule extends string, E>(
  cell: Cell<State, Rule>,
  subject: NoteSubject,
  rules: Readonly<Partial<Record<Rule, () => readonly E[]>>>,
): readonly (E | Note)[] {
  switch (cell.is) {
    case 'ignore':
      return [ignored(subject, cell.reason)];
    case 'refuse':
      return [refused(subject, cell.reason)];
    case 'anomaly':
      return cell.refuse === null
        ? [anomalous(subject, cell.reason)]
        : [anomalous(subject, cell.reason), refused(subject, cell.refuse)];
    case 'rule': {
      const decide = rules[cell.rule];
      if (!decide) throw new Error(`no function for the rule ${cell.rule} of ${subject.command}`);
      return decide();
    }
    default:
      return assertNever(cell);
  }
}
