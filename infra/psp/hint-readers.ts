import type { Config } from '../config/config.ts';
import type { HintReader } from './psp.ts';
import { createSimulatorHints } from './simulator-hints.ts';

/**
 * Who reads the webhooks at `POST /v1/webhooks/{psp}/{store}`, by the name in the path: `fake` for the simulator, `stripe`;
 * only the provider of this deployment, for anybody else's news is no reason to look. Secrets:
 * `MILLRACE_PSP_WEBHOOK_SECRETS`; the simulator signs with `MILLRACE_PSP_SECRET` where none is given.
 */
export async function openHintReaders(
  config: Pick<Config, 'psp' | 'pspSecret' | 'pspWebhookSecrets'>,
): Promise<ReadonlyMap<string, HintReader>> {
  const { psp, pspSecret, pspWebhookSecrets } = config;
  const nowMs = () => Date.now();
  if (psp === 'simulator') {
    const secrets = pspWebhookSecrets.length > 0 ? pspWebhookSecrets : [pspSecret];
    return new Map([['fake', createSimulatorHints({ secrets, nowMs })]]);
  }
  const { createStripeHints } = await import('./stripe/stripe-hints.ts');
  return new Map([['stripe', createStripeHints({ secrets: pspWebhookSecrets, nowMs })]]);
}
