import { expect, test } from 'vitest';
import { anOp, captureOf, pspContract } from '../../infra/psp/testing/psp.contract.ts';
import type { LinkFaults } from './link.ts';
import { createSimulatedPsp, ExchangeLost, oddReplyNames, ProviderModel } from './simulated-provider.ts';
import { drive } from './testing/drive.ts';
import { simulatedWorld } from './testing/simulated-world.ts';

const simulated = (faults: Partial<LinkFaults> = {}, keyTtlMs?: number) => {
  const { scheduler, linkTo, reached } = simulatedWorld();
  const provider = new ProviderModel(scheduler, { odd: 0, workMs: 20 }, keyTtlMs);
  const link = linkTo('provider', faults, (why) => new ExchangeLost(why));
  return { scheduler, provider, reached, psp: createSimulatedPsp(scheduler, link, provider) };
};

pspContract('the simulated provider', async () => {
  const { scheduler, provider, psp } = simulated();
  const driving = drive(scheduler);
  return {
    psp,
    operations: async () => provider.operations(),
    control: async (control) => provider.control(control),
    away: async () => void (provider.isAway = true),
    close: () => driving.stop(),
  };
});

const never = new AbortController().signal;

test('replies that are none are never a no and never an ok, whatever was executed', async () => {
  const { scheduler, provider, psp, reached } = simulated();
  const driving = drive(scheduler);
  provider.faults.odd = 1;
  const ops = Array.from({ length: 200 }, () => anOp());
  const outcomes = await Promise.all(ops.map((op) => psp.run(op, never)));
  expect(new Set(outcomes.map(({ is }) => is))).toEqual(new Set(['unknown', 'not-executed']));
  expect(oddReplyNames.filter((name) => !reached.counts.has(name))).toEqual([]);
  provider.faults.odd = 0;
  const again = await Promise.all(ops.map((op) => psp.run(op, never)));
  expect(new Set(again.map(({ is }) => is))).toEqual(new Set(['ok']));
  expect(provider.operations()).toHaveLength(ops.length);
  await driving.stop();
});

test('a lost answer is unknown, though the op was executed', async () => {
  const { scheduler, provider, psp } = simulated({ answerLost: 1 });
  const driving = drive(scheduler);
  expect(await psp.run(anOp(), never)).toEqual({ is: 'unknown', cause: 'timeout' });
  expect(provider.operations()).toHaveLength(1);
  await driving.stop();
});

test('a key that is forgotten runs afresh: a second capture', async () => {
  const { scheduler, provider, psp } = simulated({}, 100);
  const driving = drive(scheduler);
  const op = anOp();
  const authorized = await psp.run(op, never);
  const capture = captureOf(op, 'pspRef' in authorized ? authorized.pspRef : '');
  await psp.run(capture, never);
  await new Promise((resolve) => void scheduler.after(200, () => resolve(undefined)));
  await psp.run(op, never);
  expect((await psp.run(capture, never)).is).toBe('ok');
  expect(provider.operations().filter(({ kind }) => kind === 'capture')).toHaveLength(2);
  await driving.stop();
});
