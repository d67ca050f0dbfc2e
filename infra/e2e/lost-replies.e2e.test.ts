import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProviderOperation } from '../audit/recording.ts';
import type { LostRepliesReport } from '../demo/run-lost-replies.ts';
import { writeTestCounts } from '../local/test-counts.ts';
import { orderProvider } from '../chaos/provider-control.ts';
import { stackStatus } from '../cli/local-stack.ts';
import type { StackSummary } from '../local/stack-status.ts';
import type { SettlementFault } from '../psp/simulator/token-behaviours.ts';
import type { Reconciliation } from '../reconcile/run-reconcile.ts';
import { createLocalStack, onSharedCoresBriefly, eventually } from './local-stack.ts';

/** `LOST_REPLIES_SEED=<n> npm test -- --project e2e lost-replies` repeats a run. */
const seed = Number(process.env['LOST_REPLIES_SEED'] ?? randomInt(2 ** 31));
const orders = 600;

const stack = createLocalStack({ ...onSharedCoresBriefly, MILLRACE_RATE_LIMIT_PER_SECOND: '0' });

let summary: StackSummary;
beforeAll(async () => {
  summary = await stack.up();
});
afterAll(async () => {
  await stack.run('down');
  expect(await stack.remove()).toBe(0);
});

test(`no money is taken twice, kept or forgotten while the provider loses replies, seed ${seed}`, async () => {
  const args = [
    '--scenario',
    'lost-replies',
    '--orders',
    String(orders),
    '--rate',
    '30',
    '--seed',
    String(seed),
  ];
  const ran = await stack.run('demo', ...args, '--json');
  const again = `LOST_REPLIES_SEED=${seed} npm test -- --project e2e lost-replies`;
  expect(`${ran.code}\n${ran.code === 0 ? '' : `${ran.stdout}\n${ran.stderr}\n${again}`}`).toBe('0\n');
  const { load, money, audit, faults } = JSON.parse(ran.stdout) as LostRepliesReport;
  expect({ audit, faults, refused: load.refused }).toEqual({ audit: 'pass', faults: [], refused: 0 });
  expect(load.actions).toBeGreaterThan(orders / 10);
  expect(money).toMatchObject({
    doubleCaptures: 0,
    doubleRefunds: 0,
    paidButToldFailed: 0,
    unknownsAlone: 0,
  });
  expect(money.unknowns).toBeGreaterThan(orders / 50);
  expect(money.books).toEqual(money.ledger);
  writeTestCounts('lost replies', {
    orders: load.orders,
    'actions on them': load.actions,
    'outcomes unknown': money.unknowns,
    'of these left alone': money.unknownsAlone,
    'double captures': money.doubleCaptures,
    'double refunds': money.doubleRefunds,
  });
});

type LedgerOperation = Omit<ProviderOperation, 'key' | 'digests'> & { readonly atMs: number };

/** Where the stack's provider is, and its secret. */
async function provider(): Promise<{ readonly pspUrl: string; readonly pspSecret: string }> {
  const { environment } = (await stackStatus(stack.dataDir)) ?? {};
  const { MILLRACE_PSP_URL: pspUrl = '', MILLRACE_PSP_SECRET: pspSecret = '' } = environment ?? {};
  return { pspUrl, pspSecret };
}

const dayMs = 86_400_000;
const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

test('the books of that day are explained to the last penny; what is planted then is named with class, amount and command', async () => {
  const { pspUrl, pspSecret } = await provider();
  const ledger = await fetch(new URL('/ledger', pspUrl), {
    headers: { authorization: `Bearer ${pspSecret}` },
  });
  const { operations } = (await ledger.json()) as { readonly operations: readonly LedgerOperation[] };
  const captures = operations.filter(({ kind, done }) => kind === 'capture' && done);
  const day = dayOf(captures.at(-1)?.atMs ?? 0);
  const ofDay = captures.filter(({ atMs }) => dayOf(atMs) === day);
  const control = (order: Parameters<typeof orderProvider>[1]) => orderProvider({ pspUrl, pspSecret }, order);
  const reconcile = async (code: number, ...flags: readonly string[]): Promise<Reconciliation> => {
    const ran = await stack.run('reconcile', '--day', day, '--json', ...flags);
    expect(`exit ${ran.code}${ran.code === code ? '' : `\n${ran.stdout}\n${ran.stderr}`}`).toBe(
      `exit ${code}`,
    );
    return JSON.parse(ran.stdout) as Reconciliation;
  };
  const told = async (): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${summary.keys.analyst}` };
    const answer = await fetch(`${summary.api}/v1/ops/reconciliation?day=${day}`, { headers });
    return (await answer.json()) as Record<string, unknown>;
  };
  expect(await told()).toEqual({ unexplained: null, unchecked: null, asOf: null, data: [] });

  // a day that is not over is not paid out: no alarm
  const open = await reconcile(0);
  const [store] = open.stores;
  expect(open).toMatchObject({ unexplained: 0, unchecked: { objects: 0, rows: 0 } });
  expect(store?.differences.map((one) => [one.class, one.where])).toEqual([['timing', 'payout']]);
  expect(store?.moves).toBeGreaterThanOrEqual(ofDay.length);
  expect(operations.some(({ kind, done }) => kind === 'refund' && done)).toBe(true);

  await control({ do: 'advance-clock', ms: dayMs });
  const paid = await reconcile(0);
  expect(paid.stores[0]?.differences).toEqual([]);
  const [payout] = paid.stores[0]?.payouts ?? [];
  expect(payout).toMatchObject({ currency: 'GBP', lines: paid.stores[0]?.sums[0]?.lines });
  expect(payout?.amountMinor).toBe(paid.stores[0]?.sums[0]?.netMinor);
  await eventually('the API knows the result', async () => {
    const { asOf } = await told();
    return asOf === new Date(paid.atMs).toISOString() ? true : undefined;
  });
  expect(await told()).toMatchObject({ unexplained: 0, data: [{ day, unexplained: 0, differences: [] }] });

  const faults: readonly SettlementFault[] = ['amount', 'double', 'foreign', 'missing', 'payout'];
  const [amount, double, foreign, missing] = ofDay;
  for (const [i, fault] of faults.entries())
    await control({ do: 'plant-settlement', payment: ofDay[i]?.opId ?? '', fault });
  const planted = await reconcile(6);
  const found = (planted.stores[0]?.differences ?? []).map(
    ({ theirs: _t, ours: _o, ageDays: _a, ...one }) => one,
  );
  const lineOf = (id: string) => expect.objectContaining({ lineId: expect.stringMatching(id) });
  const common = { store: 'demo', where: 'settlement', pspRef: expect.any(String), currency: 'GBP' };
  const looks = expect.stringMatching(new RegExp(`^npx millrace reconcile --day ${day} --only \\S+ --yes$`));
  const shows = (orderId = ''): string => `npx millrace orders show ${orderId} --explain`;
  const about = (of?: LedgerOperation) => ({ orderId: of?.orderId, opId: of?.opId, amountMinor: of?.amount });
  expect(found).toHaveLength(5);
  expect(found).toEqual(
    expect.arrayContaining([
      { ...common, ...about(amount), class: 'amount', amountMinor: 1, command: looks, line: lineOf('^txn_') },
      { ...common, ...about(double), class: 'double', command: shows(double?.orderId), line: null },
      {
        ...common,
        orderId: null,
        opId: null,
        amountMinor: foreign?.amount,
        class: 'missing-here',
        command: looks,
        line: lineOf('_foreign$'),
      },
      // two business days are not over
      { ...common, ...about(missing), class: 'timing', command: shows(missing?.orderId), line: null },
      {
        ...common,
        where: 'payout',
        orderId: null,
        opId: null,
        amountMinor: 1,
        class: 'amount',
        command: `npx millrace reconcile --day ${day} --json`,
        line: null,
      },
    ]),
  );
  expect(planted).toMatchObject({ unexplained: 4, appended: [] });

  // the safe command has the order look, and nothing else is touched
  const { line } = found.find((one) => one.class === 'amount' && one.where === 'settlement') ?? {};
  const looked = await reconcile(6, '--only', line?.lineId ?? '', '--yes');
  expect(looked.appended.map((one) => one.orderId)).toEqual([amount?.orderId]);
  await eventually('the order notes what the line says, and looks', async () => {
    const headers = { authorization: `Bearer ${summary.keys.ops}` };
    const answer = await fetch(`${summary.api}/v1/orders/${amount?.orderId}?expand=events`, { headers });
    const text = await answer.text();
    return text.includes(`charge ${(amount?.amount ?? 0) + 1} GBP`) ? true : undefined;
  });

  await control({ do: 'outage', ms: 600_000 });
  expect((await stack.run('reconcile', '--day', day)).code).toBe(69);
  expect((await stack.run('reconcile', '--day', '2026-02-30')).code).toBe(2);
});
