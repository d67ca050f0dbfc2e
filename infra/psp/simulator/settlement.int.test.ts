import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Op, Payout, PspAdapter, SettlementEntry } from '../psp.ts';
import { createSimulatorAdapter } from '../simulator-adapter.ts';
import { anOp, captureOf, laterOf } from '../testing/psp.contract.ts';
import { type SimulatorProcess, simulatorProcess } from '../testing/simulator-process.ts';

const never = new AbortController().signal;
const dayMs = 86_400_000;
const flags = ['--latency-ms', '1-2'];

let simulator: SimulatorProcess;
let psp: PspAdapter;
beforeAll(async () => {
  simulator = await simulatorProcess();
  await simulator.start(flags);
  psp = createSimulatorAdapter({ url: simulator.url, secret: simulator.secret, timeoutMs: 2_000 });
});
afterAll(async () => {
  await psp.close();
  await simulator.remove();
});

const captured = async (
  methodRef: string,
  store = 'S1',
): Promise<{ readonly op: Op; readonly pspRef: string }> => {
  const op = anOp({ methodRef, store });
  const authorized = await psp.run(op, never);
  const pspRef = 'pspRef' in authorized ? (authorized.pspRef ?? '') : '';
  expect((await psp.run(captureOf(op, pspRef), never)).is).toBe('ok');
  return { op, pspRef };
};

/** By how much the provider's clock was moved. */
let aheadMs = 0;
const providerDay = (): string => new Date(Date.now() + aheadMs).toISOString().slice(0, 10);

const settled = async (store: string, of: string): Promise<readonly SettlementEntry[]> => {
  const lines: SettlementEntry[] = [];
  for await (const line of psp.settlements(store, of)) lines.push(line);
  return lines;
};

describe('settlement line', () => {
  test.each([
    ['missing', 'tok_settlement_missing', [], []],
    ['double', 'tok_settlement_double', [1_250, 1_250], [true, true]],
    ['other amount', 'tok_settlement_amount', [1_251], [true]],
    ['foreign', 'tok_settlement_foreign', [1_250, 1_250], [true, false]],
    ['as it should be', 'tok_ok', [1_250], [true]],
  ])('%s', async (_, token, gross, isOurs) => {
    const { op, pspRef } = await captured(token);
    const today = new Date().toISOString().slice(0, 10);
    const lines = (await settled('S1', today)).filter((line) => line.pspRef.startsWith(pspRef));
    expect(lines.map((line) => line.gross.minor)).toEqual(gross);
    expect(lines.map((line) => line.orderId === op.orderId)).toEqual(isOurs);
    expect(lines.map((line) => line.netMinor)).toEqual(gross.map((minor) => minor - 38));
    expect(new Set(lines.map(({ lineId }) => lineId)).size).toBe(lines.length);
  });

  test('a long day comes in pages, each line once', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const ops = Array.from({ length: 130 }, () => anOp({ store: 'pages' }));
    await Promise.all(
      ops.map(async (op) => {
        const authorized = await psp.run(op, never);
        await psp.run(captureOf(op, 'pspRef' in authorized ? (authorized.pspRef ?? '') : ''), never);
      }),
    );
    const lines = [...(await settled('pages', today)), ...(await settled('pages', nextDay(today)))];
    expect(new Set(lines.map(({ lineId }) => lineId)).size).toBe(130);
    expect(lines).toHaveLength(130);
  });

  test('of refunds, disputes and what comes back stand on the day they happened; the net is what moved', async () => {
    const { op, pspRef } = await captured('tok_refund_fails_after_success');
    await psp.run(laterOf(op, 'refund', pspRef, { amount: { minor: 250, currency: 'GBP' } }), never);
    await simulator.control({ do: 'dispute', payment: pspRef, status: 'open' });
    await simulator.control({ do: 'advance-clock', ms: 2 * dayMs });
    aheadMs += 2 * dayMs;
    await simulator.control({ do: 'dispute', payment: pspRef, status: 'won' });
    const ledgerDay = (ms: number) => new Date(Date.now() + ms).toISOString().slice(0, 10);
    const offsets = [...Array(30).keys()].map((n) => ledgerDay(n * dayMs));
    const lines = (await Promise.all(offsets.map((of) => settled('S1', of)))).flat();
    const ours = lines.filter((line) => line.pspRef === pspRef);
    expect(ours.map(({ kind, gross, feeMinor }) => [kind, gross.minor, feeMinor])).toEqual([
      ['charge', 1_250, 38],
      ['refund', -250, 0],
      ['dispute', -1_250, 1_500],
      ['adjustment', 250, 0],
      ['dispute', 1_250, 0],
    ]);
  });
});

describe('payouts', () => {
  const paidOut = async (store: string, of: string): Promise<readonly Payout[]> => {
    const payouts: Payout[] = [];
    for await (const payout of psp.payouts(store, of)) payouts.push(payout);
    return payouts;
  };

  test.each([
    ['come when the day is over: what the lines of its file add up to', 'tok_ok', 0],
    ['are 1 less where that is planted', 'tok_settlement_payout', -1],
  ])('%s', async (_, token, differs) => {
    const store = `payouts-${token}`;
    await captured('tok_settlement_double', store);
    const { op, pspRef } = await captured(token, store);
    await psp.run(laterOf(op, 'refund', pspRef, { amount: { minor: 250, currency: 'GBP' } }), never);
    const day = providerDay();
    const lines = await settled(store, day);
    expect(lines).toHaveLength(4);
    expect(await paidOut(store, day)).toEqual([]);
    await simulator.control({ do: 'advance-clock', ms: dayMs });
    aheadMs += dayMs;
    const netMinor = 3 * (1_250 - 38) - 250;
    expect(await paidOut(store, day)).toEqual([
      {
        payoutId: expect.any(String),
        day,
        amount: { minor: netMinor + differs, currency: 'GBP' },
        lines: lines.map(({ lineId, netMinor: net }) => ({ lineId, netMinor: net })),
      },
    ]);
    expect(await paidOut(store, nextDay(day))).toEqual([]);
  });
});

const nextDay = (of: string): string => new Date(Date.parse(of) + dayMs).toISOString().slice(0, 10);
