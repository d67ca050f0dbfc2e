import type { Config } from '../config/config.ts';
import type { PspAdapter } from './psp.ts';
import { createSimulatorAdapter } from './simulator-adapter.ts';

/** What of the configuration picks the provider and reaches it. */
export type PspConfig = Pick<
  Config,
  'psp' | 'pspUrl' | 'pspSecret' | 'pspWebhookSecrets' | 'pspTimeoutMs' | 'stripeUrl' | 'stripeKey'
>;

/** The adapter of this deployment's provider (`MILLRACE_PSP`). Rejects if its key is missing. */
export async function openPsp(config: PspConfig, connectionsMax: number): Promise<PspAdapter> {
  const { pspTimeoutMs: timeoutMs, pspWebhookSecrets: webhookSecrets } = config;
  if (config.psp === 'simulator') {
    return createSimulatorAdapter({
      url: config.pspUrl,
      secret: config.pspSecret,
      ...(webhookSecrets.length > 0 ? { webhookSecrets } : {}),
      timeoutMs,
      connectionsMax,
    });
  }
  if (config.stripeKey === '') throw new Error('MILLRACE_PSP is stripe: MILLRACE_STRIPE_KEY is needed');
  // its SDK costs 25 MB and a third of a second: only who uses it loads it
  const { createStripeAdapter } = await import('./stripe/stripe-adapter.ts');
  return createStripeAdapter({
    url: config.stripeUrl,
    secretKey: config.stripeKey,
    webhookSecrets,
    timeoutMs,
    connectionsMax,
  });
}
