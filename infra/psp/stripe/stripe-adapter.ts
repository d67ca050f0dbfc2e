import type { PspAdapter } from '../psp.ts';
import { stripeAbilities } from './stripe-abilities.ts';
import { createStripeClient } from './stripe-client.ts';
import { createStripeHints } from './stripe-hints.ts';
import { lookUpAtStripe } from './stripe-look-up.ts';
import { runAtStripe } from './stripe-operations.ts';
import { payoutsAtStripe, settlementsAtStripe } from './stripe-settlements.ts';

export interface StripeAdapterSettings {
  /** Of the API; `https://api.stripe.com` unless a local server stands in. */
  readonly url: string;
  readonly secretKey: string;
  /** The live ones: two while they are rotated. */
  readonly webhookSecrets: readonly string[];
  /** After this an operation is unknown; both calls of an authorization have it each. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs?: number;
  readonly connectionsMax?: number;
}

/** Stripe as a Psp: manual capture, our own idempotency keys, the mapping of payments §3. */
export function createStripeAdapter(settings: StripeAdapterSettings): PspAdapter {
  const { url, secretKey, webhookSecrets, timeoutMs } = settings;
  const client = createStripeClient({
    url,
    secretKey,
    connectTimeoutMs: settings.connectTimeoutMs ?? 3_000,
    connectionsMax: settings.connectionsMax ?? 64,
  });
  return {
    can: stripeAbilities,
    run: (op, stop) => runAtStripe(client, op, { timeoutMs, stop }),
    lookUp: (query) => lookUpAtStripe(client, query),
    ...createStripeHints({ secrets: webhookSecrets, nowMs: () => Date.now() }),
    settlements: (store, day) => settlementsAtStripe(client, store, day),
    payouts: (_store, day) => payoutsAtStripe(client, day),
    payoutWithinDays: null,
    close: () => Promise.resolve(client.close()),
  };
}
