import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { portNames } from '../local/choose-addresses.ts';
import { prepareDataFolder, writePorts } from '../local/data-folder.ts';
import { freePort } from '../local/free-port.ts';
import { shortLived } from '../local/testing/short-lived.ts';
import { stackStatus } from '../cli/local-stack.ts';
import { type StackStatus, type StackSummary, stackSummarySchema } from '../local/stack-status.ts';

const ownCheckout = fileURLToPath(new URL('../../', import.meta.url));

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The local stack in a data folder of its own, worked as its user does: through the `millrace` command. */
export interface LocalStack {
  readonly dataDir: string;
  /** Runs `millrace …args` and waits for it. Rejects only if it cannot be started. */
  run(...args: readonly string[]): Promise<CommandResult>;
  /** The same with the command of another checkout's folder. */
  runOf(checkout: string, ...args: readonly string[]): Promise<CommandResult>;
  /** Runs a command that must exit 0 with one JSON value on stdout. */
  json(...args: readonly string[]): Promise<unknown>;
  up(...args: readonly string[]): Promise<StackSummary>;
  /** What `millrace status` shows, asked without a process of its own for it: tests look often. Throws when none runs. */
  status(): Promise<StackStatus>;
  /** Pid of a role's only process. */
  pidOf(role: string): Promise<number>;
  /** Throws if a role's process ended by itself since the start, with the last words of each that did. */
  expectNoRestarts(): Promise<void>;
  /** Stops the stack and deletes its folder; the number of its processes still alive is returned. */
  remove(): Promise<number>;
}

/**
 * For stacks that share two cores: blocks of 5 s instead of 2 and fetches that gather for 100 ms instead of 20. An insert
 * and a fetch cost the same for few records as for many (performance.md §2).
 */
export const onSharedCores = { MILLRACE_FLUSH_INTERVAL_MS: '5000', MILLRACE_FETCH_WAIT_MS: '100' } as const;

/** The same for a stack that is gone within two minutes. */
export const onSharedCoresBriefly = { ...onSharedCores, ...shortLived } as const;

export function createLocalStack(environment: Readonly<Record<string, string>> = {}): LocalStack {
  const dataDir = path.join(mkdtempSync(path.join(os.tmpdir(), 'millrace-e2e-')), 'data');
  const seen = new Set<number>();
  const httpPort = choosePortsOf(dataDir);

  const runOf = async (checkout: string, ...args: readonly string[]): Promise<CommandResult> => {
    const port = await httpPort;
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [path.join(checkout, 'infra/cli/millrace.js'), ...args], {
        env: {
          ...process.env,
          ...environment,
          MILLRACE_DATA_DIR: dataDir,
          MILLRACE_HTTP_PORT: port,
          NO_COLOR: '1',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
    });
  };

  const run = (...args: readonly string[]): Promise<CommandResult> => runOf(ownCheckout, ...args);

  const json = async (...args: readonly string[]): Promise<unknown> => {
    const result = await run(...args);
    if (result.code !== 0) {
      throw new Error(`millrace ${args.join(' ')}: exit ${result.code}\n${result.stdout}\n${result.stderr}`);
    }
    return JSON.parse(result.stdout);
  };

  const status = async (): Promise<StackStatus> => {
    const now = await stackStatus(dataDir);
    if (now === undefined) throw new Error(`no local stack runs in ${dataDir}`);
    for (const { pid } of now.processes) if (pid !== null) seen.add(pid);
    seen.add(now.pid);
    return now;
  };

  return {
    dataDir,
    run,
    runOf,
    json,
    status,
    up: async (...args) => stackSummarySchema.parse(await json('up', '--json', ...args)),
    async pidOf(role) {
      const found = (await status()).processes.find(({ name }) => name === `${role}-1`);
      if (found?.pid == null) throw new Error(`no process runs as ${role}-1`);
      return found.pid;
    },
    async expectNoRestarts() {
      const ended = (await status()).processes.filter(
        ({ kind, restarts }) => kind === 'role' && restarts > 0,
      );
      const words = ended.map(
        ({ name, lastExit }) =>
          `${name}: ${lastExit}, ${lastWords(path.join(dataDir, 'logs', `${name}.log`))}`,
      );
      if (words.length > 0)
        throw new Error(`${words.length} processes ended by themselves: ${words.join('; ')}`);
    },
    async remove() {
      await run('down', '--wipe');
      rmSync(path.dirname(dataDir), { recursive: true, force: true });
      return [...seen].filter(isAlive).length;
    },
  };
}

/**
 * Chooses the ports of a stack's parts for good, as a start would remember them, and gives the API's: other stacks of
 * this machine look for the next free ones above the usual ones at the same time, and while this one is down.
 */
async function choosePortsOf(dataDir: string): Promise<string> {
  const ports: Record<string, number> = {};
  for (const name of portNames) ports[name] = await freePort(0);
  prepareDataFolder(dataDir);
  writePorts(dataDir, ports);
  return String(ports['http']);
}

/** What a process wrote as it ended: its last line of level `fatal` (pino's 60), or else its last line. */
function lastWords(log: string): string {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  return (lines.findLast((line) => line.startsWith('{"level":60')) ?? lines.at(-1) ?? '').slice(0, 400);
}

/** A process that has ended but that nobody has waited for yet (state Z) is not alive. */
function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false; // no such process
  }
}

/** Long enough for a machine with other work: a wait of a test is no measurement. */
const withinMs = 180_000;

/** Polls until `look` gives something; the error names what was awaited. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
