import type { ProviderHint, SettlementLine } from '../../schemas/generated/orders-commands.ts';
import type { AnomalyRecorded, HintKept } from '../../schemas/generated/orders-events.ts';
import { anomalous, ignored, type NoteSubject } from '../../schemas/notes.ts';

/**
 * What providers told of an order that nobody placed yet, under its id, or `psp:<reference>` where they name no order.
 * Dropped when the order is placed, or with the alarm.
 */
export interface KeptHints {
  readonly state: 'none';
  readonly store: string;
  /** The key: of no order. */
  readonly orderId: string;
  /** `atMs` of the first one. */
  readonly sinceMs: number;
  /** Ids of the provider's events and settlement lines, oldest first. */
  readonly eventIds: string[];
}

/** How long a hint waits for its order before somebody is called (domain §3, note 4). */
const hintAlarmAfterMs = 10 * 60_000;
const hintsMax = 100;
const alarm = 'hint-without-order';

export const hintsDueAtMs = ({ sinceMs }: KeptHints): number => sinceMs + hintAlarmAfterMs;

/** Keeps one more; the same one again is a known repeat. */
export function keepHint(
  kept: KeptHints | undefined,
  body: ProviderHint | SettlementLine,
  store: string,
  about: NoteSubject,
): readonly (HintKept | ReturnType<typeof ignored>)[] {
  const eventId = body.type === 'ProviderHint' ? body.eventId : body.lineId;
  if (kept?.eventIds.includes(eventId)) return [];
  if (kept && kept.eventIds.length >= hintsMax) return [ignored(about, 'too-many-hints')];
  return [
    {
      type: 'HintKept',
      store,
      orderId: body.orderId,
      command: body.type,
      psp: body.psp,
      eventId,
      kind: body.kind,
      pspRef: body.pspRef,
      opId: body.opId,
    },
  ];
}

/** Nobody placed the order in time: an alarm, once for what was kept. */
export const hintAlarm = ({ orderId }: KeptHints): AnomalyRecorded =>
  anomalous({ ...nobody, key: orderId }, alarm);

const nobody = { command: 'Tick', state: 'none', commandId: null, fingerprint: null, requestId: null };

export const isHintAlarm = ({ reason }: AnomalyRecorded): boolean => reason === alarm;

export function evolveHints(kept: KeptHints | undefined, event: HintKept, atMs: number): KeptHints {
  const { store, orderId } = event;
  const hints = kept ?? { state: 'none', store, orderId, sinceMs: atMs, eventIds: [] };
  hints.eventIds.push(event.eventId);
  return hints;
}
