import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StackSummary } from '../local/stack-status.ts';
import type { RuleReport } from '../audit/rule.ts';
import { alwaysChecked, ruleIds } from '../audit/rule-catalogue.ts';
import { type FileSums, sumFile } from './independent-sums.ts';
import { createLocalStack, onSharedCores, eventually, type LocalStack } from './local-stack.ts';

/**
 * The promise of the whole: every order of a real file, once, whatever is killed meanwhile. Sums are compared
 * with a second reading of the file that shares no code with Millrace.
 */
const file = fileURLToPath(new URL('../../producers/replay/data/online-retail-a.csv', import.meta.url));
const expected = sumFile(file);

interface ReplaySummary {
  readonly orders: number;
  readonly accepted: { readonly orders: number; readonly lines: number; readonly minor: number };
  readonly returned: { readonly lines: number; readonly pieces: number };
  readonly refunds: { readonly minor: number };
  readonly netMinor: number;
  readonly quarantined: {
    readonly lines: number;
    readonly minor: number;
    readonly byReason: Record<string, number>;
  };
}

interface SalesRow {
  /** Start of the day in the store's zone, with its offset. */
  readonly bucket_local: string;
  readonly currency: string;
  readonly orders: number;
  readonly units: number;
  readonly gross_minor: number;
  readonly refunds_minor: number;
  readonly net_minor: number;
}

interface AuditAnswer {
  readonly verdict: string;
  readonly rules: readonly RuleReport[];
}

const replay = (stack: LocalStack, rate = 'max'): Promise<ReplaySummary> =>
  stack.json('replay', file, '--rate', rate, '--json') as Promise<ReplaySummary>;

async function salesByDay(stack: StackSummary): Promise<readonly SalesRow[]> {
  const url = `${stack.api}/v1/analytics/sales?bucket=day&basis=ordered&from=2009-01-01&to=2013-01-01`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${stack.keys.analyst}` } });
  const body = (await response.json()) as { data?: readonly SalesRow[] };
  if (response.status !== 200 || !body.data) throw new Error(`${response.status} ${JSON.stringify(body)}`);
  return body.data;
}

const total = (
  rows: readonly SalesRow[],
  column: Exclude<keyof SalesRow, 'bucket_local' | 'currency'>,
): number => rows.reduce((sum, row) => sum + row[column], 0);

async function expectVerified(stack: LocalStack, ...flags: readonly string[]): Promise<void> {
  const rules = await audited(stack, ...flags);
  expect(rules.map(({ id }) => id)).toEqual(ruleIds);
  const looked = rules.filter(({ checked }) => checked > 0).map(({ id }) => id);
  expect(looked).toEqual(expect.arrayContaining([...alwaysChecked, 'I-11', 'I-20', 'I-22']));
}

/** What `verify` says of each rule. Throws, naming what the rules found, unless it passes. */
async function audited(stack: LocalStack, ...flags: readonly string[]): Promise<readonly RuleReport[]> {
  const { code, stdout, stderr } = await stack.run('verify', '--wait', '300', '--json', ...flags);
  const { verdict, rules } = JSON.parse(stdout || '{"rules":[]}') as AuditAnswer;
  const found = rules.filter(({ violations }) => violations > 0).map(({ id, first }) => `${id}: ${first}`);
  if (code !== 0 || verdict !== 'pass' || found.length > 0)
    throw new Error(`verify exits with ${code}: ${found.join('; ')} ${stderr}`);
  return rules;
}

async function expectSums(summary: StackSummary, sums: FileSums): Promise<void> {
  const rows = await salesByDay(summary);
  expect({
    orders: total(rows, 'orders'),
    units: total(rows, 'units'),
    minor: total(rows, 'gross_minor'),
    refunds: total(rows, 'refunds_minor'),
    net: total(rows, 'net_minor'),
  }).toEqual({
    orders: sums.sales.orders,
    units: sums.sales.units,
    minor: sums.sales.minor,
    refunds: sums.returns.minor,
    net: sums.sales.minor - sums.returns.minor,
  });
  const byDay = new Map(rows.map((row) => [row.bucket_local.slice(0, 10), row.gross_minor]));
  expect(byDay).toEqual(sums.minorByDay);
}

function expectReplayed(done: ReplaySummary): void {
  expect(done.accepted).toEqual({
    orders: expected.sales.orders,
    lines: expected.sales.lines,
    minor: expected.sales.minor,
  });
  const { returns } = expected;
  expect(done.returned).toMatchObject({ lines: returns.lines, pieces: returns.pieces });
  expect(done.refunds.minor).toBe(returns.minor);
  expect(done.netMinor).toBe(expected.sales.minor - returns.minor);
  expect(done.accepted.lines + done.returned.lines + done.quarantined.lines).toBe(expected.lines);
  const reasons = Object.values(done.quarantined.byReason).reduce((sum, lines) => sum + lines, 0);
  expect(reasons).toBe(done.quarantined.lines);
}

describe('a full replay of the real orders', () => {
  const stack = createLocalStack({ ...onSharedCores, MILLRACE_RATE_LIMIT_PER_SECOND: '0' });
  const dump = path.join(stack.dataDir, 'views.dump');
  let summary: StackSummary;
  beforeAll(async () => {
    summary = await stack.up();
  });
  afterAll(async () => {
    expect(await stack.remove()).toBe(0);
  });

  test('accounts for every line, whatever is killed; ClickHouse holds exactly the sums of the file', async () => {
    const running = replay(stack, '150'); // slow enough to be in the middle of it when the last one is killed
    running.catch(() => undefined); // awaited below; a failure before that must not end the test run
    await ordersFlow(summary);
    for (const role of ['orders', 'stock', 'payments', 'views', 'sink', 'psp', 'catalogue', 'api']) {
      const pid = await stack.pidOf(role);
      process.kill(pid, 'SIGKILL');
      await eventually(`${role} ready again after kill -9`, async () => {
        const found = (await stack.status()).processes.find(({ name }) => name === `${role}-1`);
        return found?.pid !== pid && found?.state === 'ready' ? true : undefined;
      });
    }
    const recorded = await recordAnswer(summary);
    expectReplayed(await running);
    await expectVerified(stack, '--answers', recorded);
    await expectSums(summary, expected);
  });

  test('a second replay changes nothing', async () => {
    expectReplayed(await replay(stack));
    await expectVerified(stack);
    await expectSums(summary, expected);
  });

  test('stopped and started again, it has lost nothing and keeps its addresses and keys', async () => {
    await stack.run('down');
    const again = await stack.up();
    expect(again).toEqual(summary);
    await expectVerified(stack, '--redis-dump', dump);
    await expectSums(again, expected);
  });

  test('Redis emptied, and rebuilt beside and flipped, has the same bytes; back again too', async () => {
    const redis = new Redis(summary.redis);
    await redis.flushall();
    redis.disconnect();
    expect(await stack.json('views', 'rebuild', '--json')).toMatchObject({ live: 'v1', beside: 'v2' });
    expect(await stack.json('views', 'flip', '--json')).toEqual({ live: 'v2', beside: 'v1' });
    await expectSameBytes(stack, dump);
    const { api, keys } = summary;
    const headers = { authorization: `Bearer ${keys.full}` };
    const page = await fetch(`${api}/v1/orders?limit=1`, { headers });
    expect(((await page.json()) as { data: unknown[] }).data).toHaveLength(1);
    expect(await stack.json('views', 'flip', '--back', '--json')).toEqual({ live: 'v1', beside: 'v2' });
    expect(await stack.json('views', 'drop', '--json')).toMatchObject({ live: 'v1' });
    await expectSameBytes(stack, dump);
  });
});

/** I-15: the views hold what the dump holds, byte for byte. */
async function expectSameBytes(stack: LocalStack, dump: string): Promise<void> {
  const rules = await audited(stack, '--rebuild-of', dump);
  expect(rules.find(({ id }) => id === 'I-15')?.checked).toBeGreaterThan(0);
}

/** Kills are worth nothing before orders move: waits for the first one of the replay to be placed. */
async function ordersFlow({ api, keys }: StackSummary): Promise<void> {
  await eventually('the first order of the replay', async () => {
    const response = await fetch(`${api}/v1/orders?limit=1`, {
      headers: { authorization: `Bearer ${keys.full}` },
    });
    const page = (await response.json()) as { data?: unknown[] };
    return (page.data?.length ?? 0) > 0 ? true : undefined;
  });
}

/** What analytics says while orders still flow, in a file for `verify --answers`. */
async function recordAnswer({ api, keys, dataDir }: StackSummary): Promise<string> {
  const question = '/v1/analytics/sales?bucket=minute';
  const answer = await eventually('an answer of an API that was just killed', async () => {
    const response = await fetch(api + question, { headers: { authorization: `Bearer ${keys.analyst}` } });
    if (response.status === 503) return undefined; // it has the whole load before it is warm
    expect(response.status).toBe(200);
    return (await response.json()) as unknown;
  });
  const file = path.join(dataDir, 'answers.ndjson');
  await writeFile(file, `${JSON.stringify({ path: question, answer })}\n`);
  return file;
}
