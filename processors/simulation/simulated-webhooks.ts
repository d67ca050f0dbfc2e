import { renderEvent, type ProviderEvent } from '../../infra/psp/simulator/provider-event.ts';
import { toHint } from '../../infra/psp/webhook-hint.ts';
import type { ProviderHint } from '../../schemas/generated/orders-commands.ts';
import type { Scheduler } from './scheduler.ts';

/** What befalls the webhooks of one run; shares are 0 to 1. */
export interface WebhookFaults {
  /** False: it sends none, as a provider whose webhooks were never set up. */
  readonly isOn: boolean;
  readonly lost: number;
  readonly twice: number;
  /** Of a payment whose order nobody knows. */
  readonly orphan: number;
  /** Each takes up to this, ms: so they overtake each other, and the reply to their operation. */
  readonly lateMs: number;
}

/** Who takes a hint into the log, under this record key. */
export type TakeHint = (hint: ProviderHint) => void;

/**
 * Delivers the provider's events as the API takes them: rendered and read by the real ones, lost, doubled, in any
 * order. Nobody relies on one: the janitor finds what they miss.
 */
export function deliverWebhooks(
  scheduler: Scheduler,
  faults: WebhookFaults,
  take: TakeHint,
): (event: ProviderEvent) => void {
  const { draws, reached } = scheduler;
  const deliver = (hint: ProviderHint): void => {
    const lateMs = draws.network.below(faults.lateMs + 1);
    scheduler.after(1 + lateMs, () => take(hint));
  };
  return (event) => {
    if (!faults.isOn) return;
    const hint = hintOf(event);
    if (draws.faults.chance(faults.lost)) return reached.reach('webhook lost');
    if (draws.faults.chance(faults.twice)) {
      reached.reach('webhook twice');
      deliver(hint);
    }
    if (draws.faults.chance(faults.orphan)) {
      reached.reach('webhook of no order');
      const pspRef = `${hint.pspRef}_unknown`;
      deliver({ ...hint, eventId: `${hint.eventId}_o`, orderId: `psp:${pspRef}`, pspRef, opId: null });
    }
    deliver(hint);
  };
}

function hintOf(event: ProviderEvent): ProviderHint {
  const hint = toHint(renderEvent(event));
  if (hint === 'malformed') throw new Error(`the provider's own event ${event.id} cannot be read`);
  const { eventId, kind, pspRef, opId = null, livemode, orderId = `psp:${pspRef}` } = hint;
  return { type: 'ProviderHint', orderId, psp: 'fake', eventId, kind, pspRef, opId, livemode };
}
