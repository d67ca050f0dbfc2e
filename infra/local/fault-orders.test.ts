import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { faultLimits, faultOrders, takeFaultEnvironment, untilNotHeld } from './fault-orders.ts';

const newFolder = (): string => mkdtempSync(path.join(os.tmpdir(), 'fault-orders-'));

test('gives each start of a slot the next crash point, and a slot nobody asked for nothing', () => {
  const folder = newFolder();
  faultOrders(folder).crashAt('orders-1', ['runtime.after-append:3', 'runtime.in-load:1']);
  expect(takeFaultEnvironment(folder, 'stock-1')).toEqual({});
  const starts = [1, 2, 3].map(() => takeFaultEnvironment(folder, 'orders-1'));
  expect(starts).toEqual([
    { MILLRACE_CRASH_AT: 'runtime.after-append:3' },
    { MILLRACE_CRASH_AT: 'runtime.in-load:1' },
    {},
  ]);
});

test('keeps variables until they are taken back', () => {
  const folder = newFolder();
  const orders = faultOrders(folder);
  orders.environment('views-1', { MILLRACE_REDIS_URL: 'redis://127.0.0.1:1' });
  orders.crashAt('views-1', ['views.after-apply:1']);
  expect(takeFaultEnvironment(folder, 'views-1')).toEqual({
    MILLRACE_REDIS_URL: 'redis://127.0.0.1:1',
    MILLRACE_CRASH_AT: 'views.after-apply:1',
  });
  expect(takeFaultEnvironment(folder, 'views-1')).toEqual({ MILLRACE_REDIS_URL: 'redis://127.0.0.1:1' });
  orders.environment('views-1', {});
  expect(takeFaultEnvironment(folder, 'views-1')).toEqual({});
});

test('limits a slot until that is taken back', () => {
  const folder = newFolder();
  const orders = faultOrders(folder);
  expect(faultLimits(folder, 'sink-1')).toEqual({});
  orders.limits('sink-1', { heapMb: 64, descriptors: 32 });
  expect(faultLimits(folder, 'sink-1')).toEqual({ heapMb: 64, descriptors: 32 });
  expect(faultLimits(folder, 'sink-2')).toEqual({});
  orders.limits('sink-1', {});
  expect(faultLimits(folder, 'sink-1')).toEqual({});
});

test('holds a process down until its moment, or until everything is cleared', async () => {
  const folder = newFolder();
  const orders = faultOrders(folder);
  await untilNotHeld(folder, 'kafka');
  orders.holdUntil('kafka', Date.now() - 1);
  await untilNotHeld(folder, 'kafka');
  orders.holdUntil('kafka', Date.now() + 3_600_000);
  let released = false;
  const waiting = untilNotHeld(folder, 'kafka').then(() => (released = true));
  expect(released).toBe(false);
  orders.clear();
  await waiting;
});
