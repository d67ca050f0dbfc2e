import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packClient } from '../client-package/pack-client.ts';
import { stockWelcomeProduct } from '../cli/welcome-product.ts';
import { repositoryRoot } from '../config/variables.ts';
import { runContract } from '../contract/run-contract.ts';
import { type Ran, runCommand } from '../local/run-command.ts';
import type { StackSummary } from '../local/stack-status.ts';
import { createLocalStack, onSharedCoresBriefly } from './local-stack.ts';

/** What somebody does who has the API's address, a key, and what this repository hands out: no file of ours is imported there. */
const stack = createLocalStack({ ...onSharedCoresBriefly, MILLRACE_RATE_LIMIT_PER_SECOND: '0' });
const outside = mkdtempSync(path.join(os.tmpdir(), 'millrace-outside-'));
let summary: StackSummary;

beforeAll(async () => {
  summary = await stack.up();
  expect(await stockWelcomeProduct(summary, 180_000)).toBe(true);
});
afterAll(async () => {
  rmSync(outside, { recursive: true, force: true });
  expect(await stack.remove()).toBe(0);
});

const run = (command: string, args: readonly string[], cwd: string): Promise<Ran> =>
  runCommand(command, args, { cwd, env: { API: summary.api, KEY: summary.keys.full, CART: 'cart-of-ts' } });

/** What curl says of a try that it makes again. */
const triedAgain = /^curl: \(22\) The requested URL returned error: (404|503)\n/gm;

/** What a command that must succeed prints; it has nothing else to say. */
async function said(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, cwd);
  const complaints = stderr.replaceAll(triedAgain, '');
  expect(`${code} ${complaints}`, `${command} ${args.join(' ')}\n${stdout}`).toBe('0 ');
  return stdout;
}

test('the curl examples place, repeat, refuse, watch, refund and cancel', async () => {
  const folder = path.join(repositoryRoot, 'examples/curl');
  const curl = (script: string, ...args: readonly string[]): Promise<string> =>
    said(path.join(folder, script), args, outside);
  const id = (await curl('place.sh', 'cart-1')).trim();
  expect(id).toMatch(/^o-[0-9A-Z]{26}$/);
  const repeated = await curl('repeat.sh', 'cart-1');
  expect(repeated).toContain('202 Accepted');
  expect(repeated).toMatch(/Idempotent-Replayed: true/i);
  expect(repeated).toContain(`"orderId":"${id}"`);
  const refused = await curl('conflict.sh', 'cart-1');
  expect(refused).toContain('/problems/idempotency-key-reused');
  expect(await curl('watch.sh', id, '10')).toContain('"status":"confirmed"');
  expect(JSON.parse(await curl('refund.sh', id, '250'))).toMatchObject({
    requests: [{ outcome: 'done' }],
    refunds: [{ amountMinor: 250 }],
  });
  const other = (await curl('place.sh', 'cart-2')).trim();
  expect(other).not.toBe(id);
  expect(JSON.parse(await curl('cancel.sh', other))).toMatchObject({
    orderId: other,
    requests: [{ outcome: expect.stringMatching(/^(done|noted)$/) }],
  });
  const unknown = 'o-0123456789ABCDEFGHJKMNPQRS';
  for (const [script, args, problem] of [
    ['place.sh', ['no key: it has spaces', '1'], 'invalid-idempotency-key'],
    ['cancel.sh', [unknown], 'not-found'],
    ['refund.sh', [unknown, '250'], 'not-found'],
  ] as const) {
    const { code, stdout, stderr } = await run(path.join(folder, script), args, outside);
    expect({ script, code, stdout }).toEqual({ script, code: 22, stdout: '' });
    expect(stderr).toContain(`/problems/${problem}"`);
  }
  expect(readdirSync(folder)).toHaveLength(6);
});

test('the packed client installs without a registry, is typed, and its examples place one order and cancel it', async () => {
  const project = path.join(outside, 'shop');
  const tarball = await packClient(outside);
  cpSync(path.join(repositoryRoot, 'examples/typescript'), project, {
    recursive: true,
    filter: (file) => !file.includes('node_modules'),
  });
  // A cache of its own: what lies in this machine's cannot help.
  const offline = ['--offline', '--no-audit', '--no-fund', `--cache=${path.join(outside, 'cache')}`];
  await said('npm', ['install', '--loglevel=error', ...offline, tarball], project);

  const tsc = path.join(repositoryRoot, 'node_modules/typescript/bin/tsc');
  const typeRoots = ['--typeRoots', path.join(repositoryRoot, 'node_modules/@types')];
  const check = (): Promise<Ran> =>
    run(process.execPath, [tsc, '--noEmit', '-p', '.', ...typeRoots], project);
  expect((await check()).stdout).toBe('');
  writeFileSync(
    path.join(project, 'misspelt.ts'),
    `import { createMillraceClient } from '@millrace/client';
const millrace = createMillraceClient({ api: '', key: '' });
await millrace.GET('/v1/orders/{id}', { params: { path: { order: 'o-1' } } });
const placed = await millrace.placeOrder({ customer: 'c-1' });
placed.data.orderId;
`,
  );
  const faults = (await check()).stdout;
  for (const line of [3, 4, 5]) expect(faults).toContain(`misspelt.ts(${line},`);
  rmSync(path.join(project, 'misspelt.ts'));

  const example = (file: string, ...args: readonly string[]): Promise<string> =>
    said(process.execPath, [path.join(project, file), ...args], project);
  const placed = await example('place-order.ts');
  const [, id = ''] = /^placed (o-\w+)$/m.exec(placed) ?? [];
  expect(placed.split('\n')).toEqual([
    `placed ${id}`,
    `again  ${id}, replayed: true`,
    'another quantity under the same key: idempotency-key-reused',
    'confirmed, 1530 pence',
    '',
  ]);
  const watched = await example('watch-order.ts', id);
  expect(watched).toMatch(/ OrderPlaced holding$/m);
  expect(watched).toMatch(/ OrderConfirmed confirmed\n$/);
  expect(await example('cancel-order.ts', id)).toMatch(/ (done|noted)\ncancelled\n$/);
  const shop = await example('watch-shop.ts', '85123A', '20');
  expect(shop).toMatch(/^85123A: \d+ available$/m);
  expect(shop).toMatch(/^GBP: [1-9]\d* units sold$/m);
});

test('schemathesis finds no answer that /openapi.json does not say, and no wrong request that is taken', async () => {
  const runs = await runContract({
    api: summary.api,
    keys: summary.keys,
    examplesMax: 5,
    seed: 1,
    progress: (text) => process.stderr.write(`${text}\n`),
  });
  const report = runs.map(({ stdout, stderr }) => stdout + stderr).join('\n');
  const folder = path.join(repositoryRoot, 'artifacts');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'contract.txt'), report);
  expect(
    runs.map(({ code }) => code),
    `${report.slice(-6_000)}\nall of it: artifacts/contract.txt`,
  ).toEqual([0, 0]);
  for (const { stdout } of runs) expect(stdout).toMatch(/Operations: +[1-9]/);
});
