import path from 'node:path';
import type { StartRole } from '../../clients/run-role.ts';
import { parseFaultRates } from './fault-plan.ts';
import { serveSimulator } from './serve-simulator.ts';

export interface SimulatorChoices {
  readonly seed: number;
  readonly latency: { readonly minMs: number; readonly maxMs: number };
  /** After this a key is forgotten. */
  readonly keyTtlMs: number;
  readonly keepsErrors: boolean;
}

/** The simulator provider as a role: it listens where MILLRACE_PSP_URL points, its ledger is in DATA_DIR/psp. */
export function startSimulator(choices: SimulatorChoices): StartRole {
  return async ({ config, logger }) => {
    const { protocol, hostname, port } = new URL(config.pspUrl);
    if (protocol !== 'http:')
      throw new Error(`the simulator speaks http, not ${protocol} (MILLRACE_PSP_URL)`);
    const { pspWebhookUrl, pspWebhookSecrets, pspSecret, pspFaults } = config;
    const secrets = pspWebhookSecrets.length > 0 ? pspWebhookSecrets : [pspSecret];
    const simulator = await serveSimulator({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 80),
      secret: pspSecret,
      folder: path.join(config.dataDir, 'psp'),
      rates: parseFaultRates(pspFaults),
      webhooks: pspWebhookUrl === null ? null : { url: pspWebhookUrl, secrets },
      ...choices,
      onFatal: (error) =>
        queueMicrotask(() => {
          throw error; // ends the process: its memory is ahead of its books
        }),
    });
    logger.info({ url: simulator.url, faults: pspFaults, ...choices }, 'simulator provider listens');
    return {
      readiness: () => ({ ready: true, checks: { ledger: 'open' } }),
      stop: () => simulator.close(),
    };
  };
}
