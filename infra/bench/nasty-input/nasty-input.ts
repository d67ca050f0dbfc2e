import { fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { createApiKey } from '../../../schemas/api-key.ts';
import { childEnvironment } from '../../config/environment.ts';
import { measuredCommit } from '../measured-commit.ts';
import { nastyInputs } from './nasty-inputs.ts';

export interface NastyInputOptions {
  /** How often each input is sent. */
  readonly times: number;
  /** Products in the catalogue. */
  readonly skus: number;
  readonly report: (row: Readonly<Record<string, unknown>>) => void;
}

/** What no input may cost, ms of CPU (reliability §10). */
const limitMs = 50;

interface Cost {
  readonly name: string;
  readonly status: string;
  /** ms of CPU of the API process: the middle one, and the highest. */
  readonly medianMs: number;
  readonly maxMs: number;
}

/**
 * What each hostile request of at most 64 KB costs an API process, from its first byte to the end of the connection:
 * CPU of the whole process, its collector included. The inputs are sent in turn, each on a connection of its own, and
 * what an empty question costs is taken off.
 */
export async function runNastyInput({ times, skus, report }: NastyInputOptions): Promise<void> {
  const key = createApiKey('test');
  const child = fork(new URL('./nasty-engine.ts', import.meta.url), [key.text, String(skus)], {
    env: childEnvironment({ NODE_ENV: 'production' }),
  });
  try {
    const [{ port }] = (await once(child, 'message')) as [{ readonly port: number }];
    const cpuUs = async (): Promise<number> => {
      child.send('cpu');
      const [told] = (await once(child, 'message')) as [{ readonly cpuUs: number }];
      return told.cpuUs;
    };
    const inputsAt = nastyInputs(key.text, Date.now());
    const seen = new Map<string, { status: string; readonly us: number[] }>();
    const idleUs: number[] = [];
    for (let round = 0; round < times; round += 1) {
      for (const { name, bytes, requests } of inputsAt(round)) {
        const asked = await cpuUs();
        const before = await cpuUs();
        const status = await exchange(port, bytes);
        const after = await cpuUs();
        idleUs.push(before - asked);
        const of = seen.get(name) ?? { status, us: [] };
        seen.set(name, of);
        of.status = status;
        of.us.push((after - before) / requests);
      }
    }
    const idle = middleOf(idleUs);
    const toMs = (us: number): number => Math.round(Math.max(0, us - idle) / 10) / 100;
    const costs: readonly Cost[] = [...seen]
      .map(([name, { status, us }]) => ({
        name,
        status,
        medianMs: toMs(middleOf(us)),
        maxMs: toMs(Math.max(...us)),
      }))
      .toSorted((a, b) => b.medianMs - a.medianMs);
    for (const cost of costs) report({ ...cost });
    const [worst] = costs;
    const slowest = costs.toSorted((a, b) => b.maxMs - a.maxMs)[0];
    const head = {
      bench: 'nasty-input',
      commit: measuredCommit(),
      inputs: costs.length,
      times,
      skus,
      limitMs,
    };
    report({ ...head, worst, slowestOnce: slowest, holds: (worst?.medianMs ?? 0) <= limitMs });
  } finally {
    child.disconnect();
  }
}

const middleOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const longestMs = 20_000;

/** Sends the bytes and reads until the server closes; the status of the first answer, or what came instead. */
function exchange(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    const end = (otherwise: string): void => {
      socket.destroy();
      resolve(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? otherwise);
    };
    socket.setTimeout(longestMs, () => end('no answer'));
    socket.on('data', (chunk) => {
      if (text.length < 100) text += chunk.toString('latin1');
    });
    socket.once('close', () => end('closed'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'error'));
    socket.end(bytes);
  });
}
