import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answered, createCheckout } from '../../producers/checkout/checkout.ts';
import { openClientJournal } from '../../producers/checkout/client-journal-writer.ts';
import { type LoadSummary, runLoad } from '../../producers/load/run-load.ts';
import { repositoryRoot } from '../config/config.ts';
import { demoStore } from '../deploy/demo-store.ts';
import { roles } from '../local/roles.ts';
import type { StackSummary } from '../local/stack-status.ts';
import { writeTestCounts } from '../local/test-counts.ts';
import { createLocalStack, eventually, type LocalStack, onSharedCores } from './local-stack.ts';
import { type Checkout, makeNextVersion } from './next-version.ts';
import { type SchemaWatch, type WatchedTopic, watchSchemas, type Written } from './watch-schemas.ts';

/** F22 (reliability §3), in the order of docs/how-to/upgrade.md. */
const readers = ['views', 'sink', 'payments', 'catalogue', 'stock'] as const;
const apiStops = 4;
/** Of these a client would wait for the only process. */
const doubled: ReadonlySet<string> = new Set(['views', 'orders', 'api']);

let stack: LocalStack;
let summary: StackSummary;
let next: Checkout;
beforeAll(async () => {
  next = makeNextVersion();
  // the machine has twenty processes to start
  stack = createLocalStack({ ...onSharedCores, MILLRACE_FLUSH_INTERVAL_MS: '15000' });
  const table = path.join(next.folder, 'roles.json');
  const all = roles.map((each) => ({ ...each, instances: doubled.has(each.role) ? 2 : 1 }));
  writeFileSync(table, JSON.stringify(all));
  summary = await stack.up('--roles', table);
});
afterAll(async () => {
  const left = await stack.remove();
  next.remove();
  expect(left).toBe(0);
});

/** What the clients were told, one entry a try. */
const answers: Answered[] = [];

async function loadUntil(isOver: () => boolean): Promise<LoadSummary> {
  const run = `upgrade-${Date.now()}`;
  const journal = await openClientJournal(path.join(stack.dataDir, 'client-journal', `${run}.ndjson`));
  const checkout = createCheckout({
    api: summary.api,
    credential: summary.keys.full,
    store: demoStore,
    journal,
    connectionsMax: 32,
    patienceMs: 120_000,
    catalogueDelayMs: 60_000,
    onAnswer: (answered) => answers.push(answered),
  });
  const options = { run, seed: 22, store: demoStore, orders: 100, rate: 8 };
  try {
    return await runLoad(checkout, { ...options, goesOn: () => !isOver(), onOrder: () => undefined });
  } finally {
    checkout.close();
    await journal.close();
  }
}

async function command(checkout: string, ...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await stack.runOf(checkout, ...args);
  if (code !== 0) throw new Error(`millrace ${args.join(' ')}: exit ${code}\n${stdout}\n${stderr}`);
}

const restart = (checkout: string, ...what: readonly string[]): Promise<void> =>
  command(checkout, 'groups', 'restart', ...what);

/** Waits until both versions have written the type anew: they run side by side. */
async function sideBySide(watch: SchemaWatch, topic: WatchedTopic, type: string): Promise<void> {
  const counts = (): readonly number[] => {
    const written = watch.of(topic).flatMap((each) => each.filter((one) => one.type === type));
    const own = written.filter(({ schemaId }) => schemaId === watch.ownId(topic)).length;
    return [own, written.length - own];
  };
  const before = counts();
  const grew = (): boolean => counts().every((now, i) => now >= (before[i] ?? 0) + 3);
  await eventually(`${type} of both versions`, async () => grew() || undefined);
}

/** How the versions follow each other on a partition: `aba` = ours, the next one's, ours again. */
const sequenceOf = (written: readonly Written[], ownId: number): string =>
  written
    .map(({ schemaId }) => (schemaId === ownId ? 'a' : 'b'))
    .join('')
    .replaceAll(/(.)\1+/g, '$1');

/** Where the code of each role's processes comes from, the provider's apart: it is no part of an upgrade. */
async function releases(): Promise<ReadonlySet<string | null>> {
  const { processes } = await stack.status();
  const ours = processes.filter(({ kind, name }) => kind === 'role' && !name.startsWith('psp'));
  return new Set(ours.map(({ release }) => release));
}

/** True if the try did what was asked, though nobody heard of it: the next one was told an earlier answer. */
function wasTaken({ request: { key } }: Answered): boolean {
  const told = answers.filter(
    ({ request, status }) => request.key === key && status !== null && status < 500,
  );
  return !told.some(({ replayed }) => !replayed);
}

test('every role is upgraded under load one process at a time, and taken back: no 5xx, no cut request, nothing lost', async () => {
  let isOver = false;
  const load = loadUntil(() => isOver);
  load.catch(() => undefined); // awaited below
  await command(next.folder, 'deploy');
  const watch = await watchSchemas(summary);
  const placed = (): boolean => watch.of('orders.events.v1').every((written) => written.length > 5);
  await eventually('orders of this version on every partition', async () => placed() || undefined);

  await restart(next.folder, ...readers);
  await restart(next.folder, 'orders-1');
  await sideBySide(watch, 'orders.events.v1', 'OrderPlaced');
  await restart(next.folder, 'orders-2');
  await restart(next.folder, 'api-1');
  await sideBySide(watch, 'orders.commands.v1', 'PlaceOrder');
  await restart(next.folder, 'api-2');
  expect(await releases()).toEqual(new Set([next.folder]));

  // Back in the same order: the old readers meet what the new ones write all the while.
  await restart(repositoryRoot, ...readers);
  await restart(repositoryRoot, 'orders');
  await restart(repositoryRoot, 'api');
  expect(await releases()).toEqual(new Set([repositoryRoot]));
  const comesBack = (topic: WatchedTopic): boolean =>
    watch.of(topic).every((written) => written.at(-1)?.schemaId === watch.ownId(topic));
  await eventually(
    'records of this version on every partition',
    async () => (comesBack('orders.commands.v1') && comesBack('orders.events.v1')) || undefined,
  );
  isOver = true;
  const sum = await load;

  // A machine that is busy elsewhere may shed a request before its body is read: that says nothing of the upgrade.
  const shed = answers.filter(({ code }) => code === 'overloaded');
  const failed = answers.filter((each) => (each.status ?? 0) >= 500 && !shed.includes(each));
  expect(failed.map(({ request, status, code }) => [request.path, status, code])).toEqual([]);
  const unanswered = answers.filter(({ status }) => status === null);
  expect(unanswered.filter(wasTaken).map(({ request }) => request.path)).toEqual([]);
  // Reset before anybody read them (docs/how-to/upgrade.md). A stop may bring one, and a machine that stands still for
  // seconds one without any stop: there the client's and the server's clocks of an idle connection meet.
  expect(unanswered.length).toBeLessThanOrEqual(apiStops);

  const expectation = path.join(next.folder, 'expect.json');
  const ends = { Confirmed: [0.7, 0.97], Declined: [0.01, 0.17], Cancelled: [0.01, 0.15], Expired: [0, 0] };
  writeFileSync(expectation, JSON.stringify({ faults: shed.length > 0, ends }));
  const verified = await stack.run('verify', '--wait', '300', '--expect', expectation, '--json');
  expect(`${verified.code}\n${verified.code === 0 ? '' : verified.stdout + verified.stderr}`).toBe('0\n');

  const types = new Set(watch.of('orders.events.v1').flatMap((written) => written.map(({ type }) => type)));
  for (const unwanted of ['CommandQuarantined', 'CommandParked', 'AnomalyRecorded'])
    expect([...types]).not.toContain(unwanted);

  // This version wrote on behind the next one's records, in both topics, on every partition.
  for (const topic of ['orders.commands.v1', 'orders.events.v1'] as const) {
    const sequences = watch.of(topic).map((written) => sequenceOf(written, watch.ownId(topic)));
    expect(sequences).toEqual(sequences.map(() => expect.stringMatching(/^ab.*a$/)));
  }
  await watch.close();
  const launched = (await stack.status()).processes.filter(({ kind }) => kind === 'role');
  await stack.expectNoRestarts(); // each left and came as it was told
  writeTestCounts('rolling upgrade', {
    orders: sum.orders,
    'answers, none 5xx': answers.length - shed.length - unanswered.length,
    'shed by a busy machine': shed.length,
    'reset before they were read': unanswered.length,
    'processes restarted under load': (launched.length - 1) * 2,
  });
});
