import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { childEnvironment } from '../config/environment.ts';
import { freePort } from '../local/free-port.ts';
import { until } from './testing/test-kafka.ts';

/** What reliability §7 says of start and stop, on a process that does as it is told. */
const main = fileURLToPath(new URL('./testing/told-role.ts', import.meta.url));
const secrets = ['FINGERPRINT', 'CURSOR', 'PSP', 'CUSTOMER_KEY'].map((name) => `MILLRACE_${name}_SECRET`);

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface ToldRole {
  readonly tell: (word: string) => void;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Status and body of a probe. */
  readonly ask: (path: string) => Promise<readonly [number, unknown]>;
  /** Exit code, and what it logged last at level fatal: message and error. */
  readonly end: () => Promise<{ readonly code: number; readonly said: string }>;
}

async function run(shutdownTimeoutMs = 20_000): Promise<ToldRole> {
  const port = await freePort(0);
  const child = fork(main, {
    env: childEnvironment({
      ...Object.fromEntries(secrets.map((name) => [name, 's'.repeat(32)])),
      MILLRACE_METRICS_PORT: String(port),
      MILLRACE_SHUTDOWN_TIMEOUT_MS: String(shutdownTimeoutMs),
    }),
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  children.push(child);
  let log = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (log += text));
  const exited = once(child, 'close');
  const ask = async (path: string): Promise<readonly [number, unknown]> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
    return [response.status, await response.json()];
  };
  await until(() =>
    ask('/livez')
      .then(() => true)
      .catch(() => false),
  );
  return {
    ask,
    tell: (word) => void child.send(word),
    signal: (signal) => void child.kill(signal),
    async end() {
      const [code] = (await exited) as [number];
      const lines = log
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as FatalLine);
      const fatal = lines.find(({ level }) => level === 60);
      return { code, said: fatal ? `${fatal.msg}: ${fatal.err?.message ?? ''}` : '' };
    },
  };
}

interface FatalLine {
  readonly level: number;
  readonly msg: string;
  readonly err?: { readonly message: string };
}

test('its probes tell the truth from the start to the stop, and a clean stop exits 0', async () => {
  const role = await run();
  expect(await role.ask('/livez')).toEqual([200, { live: true }]);
  expect(await role.ask('/startupz')).toEqual([503, { started: false }]);
  expect(await role.ask('/readyz')).toEqual([503, { ready: false, checks: { role: 'starting' } }]);

  role.tell('start');
  await until(async () => (await role.ask('/startupz'))[0] === 200);
  expect(await role.ask('/readyz')).toEqual([503, { ready: false, checks: { moon: 'waning' } }]);
  role.tell('be-ready');
  await until(async () => (await role.ask('/readyz'))[0] === 200);

  role.signal('SIGTERM');
  await until(async () => (await role.ask('/readyz'))[0] === 503);
  expect(await role.ask('/readyz')).toEqual([503, { ready: false, checks: { role: 'stopping' } }]);
  expect(await role.ask('/livez')).toEqual([200, { live: true }]);
  role.tell('be-stopped');
  expect(await role.end()).toEqual({ code: 0, said: '' });
});

test('a stop that does not end is ended when the grace is over, with exit 1 and the reason', async () => {
  const role = await run(300);
  role.tell('start');
  await until(async () => (await role.ask('/startupz'))[0] === 200);
  role.signal('SIGTERM');
  expect(await role.end()).toEqual({ code: 1, said: expect.stringContaining('not stopped within 300 ms') });
});

test.each([
  ['reject-unseen', 'a promise was rejected and nobody looked: the moon is in the wrong phase'],
  ['lose-consumer', 'the role cannot go on: the group threw us out'],
])('%s ends the process with exit 1 and the reason', async (word, said) => {
  const role = await run();
  role.tell('start');
  role.tell('be-ready');
  await until(async () => (await role.ask('/readyz'))[0] === 200);
  role.tell(word);
  expect(await role.end()).toEqual({ code: 1, said });
});
