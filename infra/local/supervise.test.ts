import { expect, test } from 'vitest';
import type { RunningProcess } from './engine-process.ts';
import { nextBackOffMs, supervise } from './supervise.ts';

/** A process that ends when the test says so. */
function fakeProcess(pid: number) {
  const exited = Promise.withResolvers<string>();
  const process: RunningProcess = {
    pid,
    startedAt: String(pid),
    exited: exited.promise,
    stop: async () => exited.resolve('SIGTERM'),
  };
  return { process, end: exited.resolve };
}

test('the back-off doubles from 100 ms to 5 s, and begins again after 30 healthy seconds', () => {
  const waits: number[] = [];
  let last: number | undefined;
  for (let i = 0; i < 8; i += 1) waits.push((last = nextBackOffMs(last, 500)));
  expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  expect(nextBackOffMs(5000, 30_000)).toBe(100);
  expect(nextBackOffMs(5000, 29_999)).toBe(5000);
});

test('starts a process again whenever it ends, also when its start fails, until it is stopped', async () => {
  const started: ReturnType<typeof fakeProcess>[] = [];
  const events: string[] = [];
  const arrivals: (() => void)[] = [];
  let fails = true;
  const supervised = supervise({
    name: 'stock-1',
    start: async () => {
      if (started.length === 1 && fails) {
        fails = false;
        throw new Error('port taken');
      }
      const one = fakeProcess(started.length + 1);
      started.push(one);
      arrivals.shift()?.();
      return one.process;
    },
    onEvent: (text) => events.push(text),
  });
  const next = (): Promise<void> => new Promise((resolve) => arrivals.push(resolve));
  await expect.poll(() => supervised.state()).toBe('running');
  const second = next();
  started[0]?.end('exit code 1');
  await second;
  await expect.poll(() => supervised.pid()).toBe(2);
  expect(supervised.restarts()).toBe(2);
  expect(supervised.lastExit()).toBe('port taken');
  expect(events).toEqual([
    'stock-1 ended (exit code 1); it starts again in 100 ms',
    'stock-1 ended (port taken); it starts again in 200 ms',
  ]);
  await supervised.stop();
  expect([supervised.state(), started.length]).toEqual(['stopped', 2]);
});

test('a stop during the back-off starts nothing more', async () => {
  let starts = 0;
  const supervised = supervise({
    name: 'x',
    start: () => {
      starts += 1;
      throw new Error('no');
    },
    onEvent: () => undefined,
  });
  await expect.poll(() => supervised.state()).toBe('waiting');
  await supervised.stop();
  await supervised.stop();
  expect([supervised.state(), starts]).toEqual(['stopped', 1]);
});

test('a process whose start ends after the stop is ended too', async () => {
  const late = fakeProcess(9);
  const gate = Promise.withResolvers<RunningProcess>();
  const supervised = supervise({ name: 'x', start: () => gate.promise, onEvent: () => undefined });
  const stopped = supervised.stop();
  gate.resolve(late.process);
  await stopped;
  expect(await late.process.exited).toBe('SIGTERM');
});
