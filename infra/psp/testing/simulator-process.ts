import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { childEnvironment } from '../../config/environment.ts';
import { freePort } from '../../local/free-port.ts';
import type { Control } from '../simulator/control.ts';
import type { LedgerDump } from '../simulator/protocol.ts';

/** The simulator in a process of its own, to be killed and started again over the same ledger. */
export interface SimulatorProcess {
  readonly url: string;
  readonly secret: string;
  readonly folder: string;
  /** `env` without its prefix, for example `PSP_FAULTS`. */
  start(flags?: readonly string[], env?: Readonly<Record<string, string>>): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  ledger(): Promise<LedgerDump>;
  /** Rejects if the simulator refuses it. */
  control(control: Control): Promise<void>;
  /** Kills it and removes its folder. */
  remove(): Promise<void>;
}

const main = path.resolve(import.meta.dirname, '../simulator/main.ts');

export async function simulatorProcess(): Promise<SimulatorProcess> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-psp-'));
  const url = `http://127.0.0.1:${await freePort(0)}`;
  const secret = 'a secret of this test only';
  let child: ReturnType<typeof spawn> | undefined;
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const ending = child;
    child = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return ending?.exitCode ?? null;
    const exited = once(ending, 'exit');
    ending.kill(signal);
    const [code] = (await exited) as [number | null];
    return code;
  };
  const get = (route: string): Promise<Response> =>
    fetch(`${url}${route}`, { headers: { authorization: `Bearer ${secret}` } });
  return {
    url,
    secret,
    folder,
    async start(flags = [], more = {}) {
      const env = {
        MILLRACE_PSP_URL: url,
        MILLRACE_PSP_SECRET: secret,
        MILLRACE_DATA_DIR: folder,
        MILLRACE_LOG_LEVEL: 'warn',
        MILLRACE_FINGERPRINT_SECRET: 'unused in this process',
        MILLRACE_CURSOR_SECRET: 'unused in this process',
        MILLRACE_CUSTOMER_KEY_SECRET: 'unused in this process',
        ...Object.fromEntries(Object.entries(more).map(([name, value]) => [`MILLRACE_${name}`, value])),
      };
      const started = spawn(process.execPath, [main, ...flags], {
        env: childEnvironment(env),
        stdio: 'inherit',
      });
      child = started;
      const deadline = Date.now() + 15_000;
      for (;;) {
        if (started.exitCode !== null) throw new Error(`the simulator ended with ${started.exitCode}`);
        const up = await get('/ledger').catch(() => undefined);
        if (up?.ok) return;
        if (Date.now() > deadline) throw new Error('the simulator did not start within 15 s');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async kill() {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
    ledger: async () => (await (await get('/ledger')).json()) as LedgerDump,
    async control(control) {
      const response = await fetch(`${url}/control`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}` },
        body: JSON.stringify(control),
      });
      if (!response.ok) throw new Error(await response.text());
    },
    async remove() {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
