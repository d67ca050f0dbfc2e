import type { HintReader } from './psp.ts';
import { createSimulatorHints } from './simulator-hints.ts';

/**
 * Who reads the webhooks at `POST /v1/webhooks/{psp}/{store}`, by the name in the path; no such name is 404. Secrets:
 * `MILLRACE_PSP_WEBHOOK_SECRETS`, or `MILLRACE_PSP_SECRET` where none is given.
 */
export function openHintReaders(config: {
  readonly pspSecret: string;
  readonly pspWebhookSecrets: readonly string[];
}): ReadonlyMap<string, HintReader> {
  const secrets = config.pspWebhookSecrets.length > 0 ? config.pspWebhookSecrets : [config.pspSecret];
  return new Map([['fake', createSimulatorHints({ secrets, nowMs: () => Date.now() })]]);
}
