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

/**
 * An event that moves state outweighs notes beside it: money read as unknown, with a discrepancy, is processed. What
 * only doubts, a discrepancy, a look-up, an operation unknown once more, moves none; `before` are the events of the
 * records before it.
 */
export function judgeRecord(events: readonly AnyEvent[], before: readonly AnyEvent[]): JudgedRecord {
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
    const isEffective = events.some(({ body }) => !isNote(body) && !isDoubt(body, before));
    return { status: 'processed', problemType: null, isEffective };
  }
  const anomaly = reasonOf('AnomalyRecorded');
  if (anomaly) return { status: 'anomaly', problemType: anomaly, isEffective: false };
  const refused = reasonOf('CommandRefused');
  if (refused) return { status: 'refused', problemType: refused, isEffective: false };
  return { status: 'processed', problemType: null, isEffective: false };
}

function isDoubt(body: AnyEvent['body'], before: readonly AnyEvent[]): boolean {
  if (body.type === 'DiscrepancyRecorded' || body.type === 'LookUpRequested') return true;
  if (body.type !== 'PaymentUnknown') return false;
  const latest = before.findLast((other) => other.body['opId'] === body['opId'])?.body.type;
  return latest === 'PaymentUnknown' || latest === 'LookUpRequested';
}
