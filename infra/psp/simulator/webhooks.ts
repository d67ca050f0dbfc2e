import http from 'node:http';
import https from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { exchange } from '../http-exchange.ts';
import { signatureHeader, signWebhook } from '../webhook-signature.ts';
import { type ProviderEvent, renderEvent } from './provider-event.ts';
import { day, type WebhookFault } from './token-behaviours.ts';

export interface WebhookSettings {
  /** `{store}` in it stands for the store. */
  readonly url: string;
  /** All of them sign, so that the receiver may rotate. */
  readonly secrets: readonly string[];
  /** The provider's clock. Signatures carry the wall's, as a real provider's would. */
  readonly nowMs: () => number;
  readonly faultOf: (event: ProviderEvent) => WebhookFault | null;
  /** These were acknowledged with a 2xx; not awaited. */
  readonly onDelivered: (ids: readonly string[]) => void;
}

/** Delivers the provider's events until each is acknowledged, for 3 days; at least once, in any order (payments §6). */
export interface Webhooks {
  take(event: ProviderEvent): void;
  /** Resolves when what must arrive before the reply of this payment's operation has been tried. */
  early(paymentId: string): Promise<void>;
  /** Delivers what the clock has brought due. */
  tick(): void;
  close(): Promise<void>;
}

const lanes = 8;
const withinMs = 10_000;
/** Nobody reads an acknowledgement's body. */
const replyBytesMax = 65_536;
const givenUpAfterMs = 3 * day;
const retryDelaysMs = [1_000, 5_000, 30_000, 300_000, 3_600_000];
/** An event that lets others overtake it waits this long. */
const overtakenMs = 1_500;

interface Queued {
  readonly event: ProviderEvent;
  readonly dueMs: number;
  readonly tries: number;
}

export function createWebhooks(settings: WebhookSettings): Webhooks {
  const queue: Queued[] = [];
  const held = new Set<Queued>();
  const early = new Map<string, ProviderEvent[]>();
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  const { nowMs } = settings;
  const keptOpen = { keepAlive: true, maxSockets: lanes };
  const agents = { http: new http.Agent(keptOpen), https: new https.Agent(keptOpen) };

  const post = async (event: ProviderEvent, raw: Buffer, secrets: readonly string[]): Promise<boolean> => {
    const url = new URL(settings.url.replace('{store}', encodeURIComponent(event.payment.store)));
    const heard = await exchange({
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        [signatureHeader]: signWebhook(raw, secrets, Date.now()),
      },
      body: raw,
      agent: url.protocol === 'https:' ? agents.https : agents.http,
      connectTimeoutMs: withinMs,
      timeoutMs: withinMs,
      replyBytesMax,
      stop: stopping.signal,
    });
    // not delivered is not delivered, whatever broke: it is sent again
    return heard.is === 'reply' && heard.status >= 200 && heard.status < 300;
  };

  const deliver = async ({ event, tries }: Queued, fault: WebhookFault | null): Promise<void> => {
    const raw = renderEvent(event);
    if (fault === 'forged') await post(event, raw, ['a secret nobody ever gave out']);
    if (fault === 'orphan') await post(event, orphanOf(event), settings.secrets);
    const isTaken = await post(event, raw, settings.secrets);
    if (fault === 'twice' && isTaken) await post(event, raw, settings.secrets);
    if (isTaken) settings.onDelivered([event.id]);
    else if (!stopping.signal.aborted) again(event, tries);
  };

  const again = (event: ProviderEvent, tries: number): void => {
    const delayMs = retryDelaysMs[Math.min(tries, retryDelaysMs.length - 1)] ?? 0;
    const dueMs = nowMs() + delayMs;
    if (dueMs - event.atMs < givenUpAfterMs) held.add({ event, dueMs, tries: tries + 1 });
  };

  const pump = (): void => {
    while (running.size < lanes && !stopping.signal.aborted) {
      const next = queue.shift();
      if (!next) return;
      const delivery = deliver(next, next.tries === 0 ? settings.faultOf(next.event) : null).finally(() => {
        running.delete(delivery);
        pump();
      });
      running.add(delivery);
    }
  };

  const tick = (): void => {
    const now = nowMs();
    for (const one of held) {
      if (one.dueMs > now) continue;
      held.delete(one);
      queue.push(one);
    }
    pump();
  };

  return {
    take(event) {
      const fault = settings.faultOf(event);
      if (fault === 'lost') return;
      if (fault === 'early') {
        early.set(event.payment.id, [...(early.get(event.payment.id) ?? []), event]);
        return;
      }
      const delayMs = fault === 'late' ? 3 * day : fault === 'reordered' ? overtakenMs : 0;
      const one = { event, dueMs: nowMs() + delayMs, tries: 0 };
      if (delayMs > 0) held.add(one);
      else queue.push(one);
      pump();
    },
    async early(paymentId) {
      const events = early.get(paymentId) ?? [];
      early.delete(paymentId);
      for (const event of events) await deliver({ event, dueMs: 0, tries: 0 }, null);
    },
    tick,
    async close() {
      stopping.abort();
      while (running.size > 0) await Promise.race([Promise.allSettled(running), wait(withinMs)]);
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** A well-signed event of a payment no order of ours knows. */
function orphanOf(event: ProviderEvent): Buffer {
  const object = { id: `pi_orphan_${event.payment.id}`, object: 'payment_intent' };
  const { type } = event;
  return Buffer.from(
    JSON.stringify({ id: `${event.id}_orphan`, object: 'event', type, livemode: false, data: { object } }),
  );
}
