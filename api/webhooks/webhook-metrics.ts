import { Counter, type Registry } from '@prometheus-io/client';

/** What became of a delivery of a provider. */
export type WebhookResult =
  | 'hint'
  | 'not-authentic'
  | 'malformed'
  | 'unknown-kind'
  | 'wrong-mode'
  | 'unavailable';

export interface WebhookMetrics {
  /** `psp` is a name that is known here. */
  delivered(psp: string, result: WebhookResult): void;
}

/** Counts deliveries of payment providers by what became of them. */
export function createWebhookMetrics(registry: Registry): WebhookMetrics {
  const total = new Counter({
    name: 'millrace_webhooks_total',
    help: 'Webhooks of payment providers by what became of them; `hint` alone reached the log',
    labelNames: ['psp', 'result'] as const,
    registers: [registry],
  });
  return { delivered: (psp, result) => total.inc({ psp, result }) };
}
