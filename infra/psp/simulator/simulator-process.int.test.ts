import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Op, PspAdapter } from '../psp.ts';
import { createSimulatorAdapter } from '../simulator-adapter.ts';
import { anOp, captureOf, laterOf } from '../testing/psp.contract.ts';
import { type SimulatorProcess, simulatorProcess } from '../testing/simulator-process.ts';

const never = new AbortController().signal;
const day = 86_400_000;
const flags = ['--latency-ms', '1-2'];

let simulator: SimulatorProcess;
let psp: PspAdapter;
beforeAll(async () => {
  simulator = await simulatorProcess();
  psp = createSimulatorAdapter({ url: simulator.url, secret: simulator.secret, timeoutMs: 2_000 });
});
afterEach(() => simulator.kill());
afterAll(async () => {
  await psp.close();
  await simulator.remove();
});

const captured = async (methodRef: string): Promise<{ readonly op: Op; readonly pspRef: string }> => {
  const op = anOp({ methodRef });
  const authorized = await psp.run(op, never);
  const pspRef = 'pspRef' in authorized ? (authorized.pspRef ?? '') : '';
  expect((await psp.run(captureOf(op, pspRef), never)).is).toBe('ok');
  return { op, pspRef };
};

test('a kill loses nothing it answered: money, disputes, the clock, an outage, planted lines', async () => {
  await simulator.start(flags);
  const { op, pspRef } = await captured('tok_refund_pending');
  await psp.run(laterOf(op, 'refund', pspRef, { amount: { minor: 500, currency: 'GBP' } }), never);
  await simulator.control({ do: 'advance-clock', ms: 4 * day });
  await simulator.control({ do: 'dispute', payment: op.opId, status: 'open', amount: 700 });
  await simulator.control({ do: 'plant-settlement', payment: pspRef, fault: 'double' });
  const before = await simulator.ledger();
  expect(before.payments.find(({ id }) => id === pspRef)).toMatchObject({
    captured: 1_250,
    refunds: [{ amount: 500, status: 'succeeded' }],
    disputes: [{ amount: 700, status: 'open' }],
  });
  await simulator.kill();
  await simulator.start(flags);
  expect(await simulator.ledger()).toEqual(before);
  const today = new Date().toISOString().slice(0, 10);
  let charges = 0;
  for await (const line of psp.settlements('S1', today))
    if (line.pspRef === pspRef && line.kind === 'charge') charges += 1;
  expect(charges).toBe(2);
});

test('a control that makes no sense is refused, and changes nothing', async () => {
  await simulator.start(flags);
  const before = await simulator.ledger();
  const refused = (control: object) => simulator.control(control as never);
  await expect(refused({ do: 'dispute', payment: 'pi_none', status: 'open' })).rejects.toThrow('pi_none');
  await expect(refused({ do: 'set-rates', rates: 'no-such-fault:1' })).rejects.toThrow('no-such-fault');
  await expect(refused({ do: 'advance-clock', ms: -1 })).rejects.toThrow('ms');
  expect(await simulator.ledger()).toEqual(before);
});

test('faults by rate come by seed and op: the same run meets the same ones, and each op gets through', async () => {
  await simulator.start(flags, { PSP_FAULTS: 'lost-reply:0.3,429:0.2,500-before:0.1' });
  const ops = Array.from({ length: 60 }, (_, i) =>
    anOp({ opId: `o-${i}:authorize:1`, orderId: `o-${i}`, key: `rated-${i}` }),
  );
  const first = await Promise.all(ops.map((op) => psp.run(op, never)));
  const kinds = first.map((outcome) => ('cause' in outcome ? outcome.cause : outcome.is));
  expect(new Set(kinds)).toEqual(new Set(['ok', 'reset', 'server', 'not-executed']));
  for (let left = ops; left.length > 0; ) {
    const outcomes = await Promise.all(left.map((op) => psp.run(op, never)));
    left = left.filter((_, i) => outcomes[i]?.is !== 'ok');
  }
  const { operations } = await simulator.ledger();
  for (const op of ops) expect(operations.filter(({ key }) => key === op.key)).toHaveLength(1);
  await simulator.kill();
  await simulator.start(flags, { PSP_FAULTS: 'lost-reply:0.3,429:0.2,500-before:0.1' });
  const again = await Promise.all(ops.map((op) => psp.run(op, never)));
  expect(again.map((outcome) => ('cause' in outcome ? outcome.cause : outcome.is))).toEqual(kinds);
});

test('key forgotten while unknown: after its time the same key runs afresh, a second authorization', async () => {
  await simulator.start([...flags, '--key-ttl-ms', String(day)]);
  const op = anOp();
  await psp.run(op, never);
  await simulator.control({ do: 'advance-clock', ms: day - 60_000 });
  expect(await psp.run(op, never)).toMatchObject({ replayed: true });
  await simulator.control({ do: 'advance-clock', ms: 60_000 });
  expect(await psp.run(op, never)).not.toHaveProperty('replayed');
  const { operations } = await simulator.ledger();
  expect(operations.filter(({ key }) => key === op.key)).toHaveLength(2);
});

test('a provider that keeps successes alone runs a declined key afresh', async () => {
  await simulator.start([...flags, '--forget-errors']);
  const declined = anOp({ methodRef: 'tok_declined' });
  expect(await psp.run(declined, never)).not.toHaveProperty('replayed');
  expect(await psp.run(declined, never)).not.toHaveProperty('replayed');
  const fine = anOp();
  await psp.run(fine, never);
  expect(await psp.run(fine, never)).toMatchObject({ replayed: true });
});
