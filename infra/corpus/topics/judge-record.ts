import type { Body, EventEnvelope } from '../../../schemas/envelope.ts';
import { isNote } from '../../../schemas/notes.ts';

/** What became of one inbox record, by the events that name it as their cause. */
export interface JudgedRecord {
  readonly status: 'processed' | 'refused' | 'dropped' | 'anomaly' | 'quarantined' | 'parked';
  readonly problemType: string | null;
  /** It moved state. */
  readonly isEffective: boolean;
}

type AnyEvent = EventEnvelope<Body & Record<string, unknown>>;

/** An event that moves state outweighs notes beside it: money read as unknown, with a discrepancy, is processed. */
export function judgeRecord(events: readonly AnyEvent[]): JudgedRecord {
  const reasonOf = (type: string): string | null => {
    const found = events.find(({ body }) => body.type === type);
    return found ? String(found.body['reason']) : null;
  };
  if (events.length === 0) return { status: 'dropped', problemType: null, isEffective: false };
  const quarantined = reasonOf('CommandQuarantined');
  if (quarantined) return { status: 'quarantined', problemType: quarantined, isEffective: false };
  const parked = reasonOf('CommandParked');
  if (parked) return { status: 'parked', problemType: parked, isEffective: false };
  const domainRefusal = reasonOf('HoldRefused');
  if (domainRefusal) return { status: 'refused', problemType: domainRefusal, isEffective: true };
  if (events.some(({ body }) => !isNote(body))) {
    return { status: 'processed', problemType: null, isEffective: true };
  }
  const anomaly = reasonOf('AnomalyRecorded');
  if (anomaly) return { status: 'anomaly', problemType: anomaly, isEffective: false };
  const refused = reasonOf('CommandRefused');
  if (refused) return { status: 'refused', problemType: refused, isEffective: false };
  return { status: 'processed', problemType: null, isEffective: false };
}
