import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type GroupLag, groupLagSchema, type PartitionLag } from '../clients/lag/partition-lag.ts';
import type { StackSummary } from '../local/stack-status.ts';
import { createLocalStack, onSharedCoresBriefly, eventually, type LocalStack } from './local-stack.ts';

/** Members come and go under load, and nothing is lost, doubled or left behind (kafka.md §11, leftover pause and seek). */
const file = fileURLToPath(new URL('../../producers/replay/data/online-retail-a.csv', import.meta.url));
const scaled = ['orders', 'stock', 'payments', 'views', 'sink', 'api'] as const;

let stack: LocalStack;
let summary: StackSummary;
beforeAll(async () => {
  stack = createLocalStack(onSharedCoresBriefly);
  summary = await stack.up();
});
afterAll(async () => expect(await stack.remove()).toBe(0));

const lagNow = async (): Promise<readonly GroupLag[]> =>
  z.object({ groups: z.array(groupLagSchema) }).parse(await stack.json('groups', 'lag', '--json')).groups;

interface Seen {
  readonly group: string;
  readonly lag: PartitionLag;
}

/** As the API tells it; undefined while the process that was asked is leaving. */
async function lagOfApi(): Promise<readonly GroupLag[] | undefined> {
  const headers = { authorization: `Bearer ${summary.keys.ops}`, connection: 'close' };
  const response = await fetch(`${summary.api}/v1/ops/groups`, { headers }).catch(() => undefined);
  if (response?.status !== 200) return undefined;
  return z.object({ data: z.array(groupLagSchema) }).parse(await response.json()).data;
}

/** Keeps every look at the lag until it is stopped. */
function watchLag(): () => Promise<readonly (readonly Seen[])[]> {
  const looks: (readonly Seen[])[] = [];
  const done = new AbortController();
  const watching = (async () => {
    while (!done.signal.aborted) {
      const groups = (await lagOfApi()) ?? [];
      looks.push(groups.flatMap(({ group, partitions }) => partitions.map((lag) => ({ group, lag }))));
      await delay(500);
    }
  })();
  return async () => {
    done.abort();
    await watching;
    return looks.filter((look) => look.length > 0);
  };
}

/** Places where a position of the data fell, or a group's offset fell with no take-over between the two looks. */
function falls(looks: readonly (readonly Seen[])[]): readonly string[] {
  const found: string[] = [];
  const last = new Map<string, Seen>();
  for (const seen of looks.flat()) {
    const key = `${seen.group} ${seen.lag.topic}/${seen.lag.partition}`;
    const before = last.get(key)?.lag;
    last.set(key, seen);
    if (!before) continue;
    const { lag } = seen;
    const isOwnPosition = seen.group !== 'payments'; // the worker's is the group's offset
    if (isOwnPosition && (lag.nextOffset ?? 0) < (before.nextOffset ?? 0))
      found.push(`${key}: position ${before.nextOffset} to ${lag.nextOffset}`);
    const wasTakenOver = lag.lastTakeOver?.at !== before.lastTakeOver?.at;
    if (!wasTakenOver && (lag.committedOffset ?? 0) < (before.committedOffset ?? 0))
      found.push(`${key}: offset ${before.committedOffset} to ${lag.committedOffset}, no take-over`);
  }
  return found;
}

test('every role goes from 1 process to 3, to 1, to 3 under load; lag falls to 0 and the auditor finds nothing', async () => {
  const replay = stack.run('replay', file, '--rate', '40', '--limit', '1200', '--json');
  await eventually('orders arrive', async () => {
    const orders = (await lagNow()).find(({ group }) => group === 'orders');
    return orders?.partitions.every(({ nextOffset }) => (nextOffset ?? 0) > 20) || undefined;
  });
  const stopWatching = watchLag();
  for (const count of ['3', '1', '3']) {
    const answers = await Promise.all(scaled.map((role) => stack.run('groups', 'scale', role, count)));
    expect(answers.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual(scaled.map(() => 0));
  }
  const { code, stdout } = await replay;
  expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ orders: 1200 })]);

  const verified = await stack.run('verify', '--wait', '300', '--json');
  expect(`${verified.code}\n${verified.code === 0 ? '' : verified.stdout + verified.stderr}`).toBe('0\n');
  const rest = await eventually('no lag', async () => {
    const groups = await lagNow();
    // the sink's position moves with its blocks, so its last watermark may wait for the next one
    const waiting = groups.filter(({ group, lagRecords }) => group !== 'sink' && lagRecords !== 0);
    return waiting.length === 0 ? groups : undefined;
  });
  const looks = await stopWatching();
  expect(looks.length).toBeGreaterThan(10);
  expect(falls(looks)).toEqual([]);

  for (const role of scaled.filter((each) => each !== 'api')) {
    const group = rest.find((each) => each.group === role);
    const owners = new Set(group?.partitions.map(({ owner }) => owner));
    expect([role, group?.members, owners.has(null)]).toEqual([role, 3, false]);
    expect(owners.size).toBeGreaterThan(1);
  }
  const { processes } = await stack.status();
  const ours = processes.filter(({ kind, name }) => kind === 'role' && !/^(psp|catalogue)-/.test(name));
  expect(ours.map(({ state }) => state)).toEqual(ours.map(() => 'ready'));
  expect(new Set(ours.map(({ pid }) => pid)).size).toBe(scaled.length * 3);
  await stack.expectNoRestarts(); // each left and came as it was told
});
