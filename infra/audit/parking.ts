import type { AnyEvent, InboxRecord } from './recording.ts';
import type { Fact } from './rule.ts';

/**
 * Which command an event decides: its cause, but for the events of a parked command. Those have the Redrive as their
 * cause and stand behind a `CommandRedriven` that names the parked one.
 */
export class Parking {
  private readonly waiting = new Map<string, Map<number, Fact['cause']>>();
  private redriven: { readonly redrive: number; readonly command: Fact['cause'] } | null = null;

  /** Takes the valid events of a partition in order. */
  decidedBy(event: AnyEvent, key: string | null, cause: Fact['cause']): Fact['cause'] {
    const { body } = event;
    if (body.type === 'CommandParked') {
      const parked = this.waiting.get(body.key) ?? new Map<number, InboxRecord | 'trimmed' | 'absent'>();
      this.waiting.set(body.key, parked.set(event.cause.offset, cause));
      return cause;
    }
    if (body.type === 'CommandRedriven') {
      const parked = this.waiting.get(body.key);
      this.redriven = { redrive: event.cause.offset, command: parked?.get(body.offset) ?? 'absent' };
      parked?.delete(body.offset);
      return this.redriven.command;
    }
    if (body.type === 'RedriveAnswered' || key === null) return cause;
    return this.redriven?.redrive === event.cause.offset ? this.redriven.command : cause;
  }
}
