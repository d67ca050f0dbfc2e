import path from 'node:path';
import type { StartRole } from '../../clients/run-role.ts';
import { serveSimulator } from './serve-simulator.ts';

export interface SimulatorChoices {
  readonly seed: number;
  readonly latency: { readonly minMs: number; readonly maxMs: number };
}

/** The simulator provider as a role: it listens where MILLRACE_PSP_URL points, its ledger is in DATA_DIR/psp. */
export function startSimulator(choices: SimulatorChoices): StartRole {
  return async ({ config, logger }) => {
    const { protocol, hostname, port } = new URL(config.pspUrl);
    if (protocol !== 'http:')
      throw new Error(`the simulator speaks http, not ${protocol} (MILLRACE_PSP_URL)`);
    const simulator = await serveSimulator({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 80),
      secret: config.pspSecret,
      folder: path.join(config.dataDir, 'psp'),
      ...choices,
      onFatal: (error) =>
        queueMicrotask(() => {
          throw error; // ends the process: its memory is ahead of its books
        }),
    });
    logger.info({ url: simulator.url, ...choices }, 'simulator provider listens');
    return {
      readiness: () => ({ ready: true, checks: { ledger: 'open' } }),
      stop: () => simulator.close(),
    };
  };
}
