import { expect, test } from 'vitest';
import { Draws } from './draws.ts';
import { calmLink, createLink, type LinkFaults } from './link.ts';
import { Scheduler } from './scheduler.ts';
import { SimProcess } from './sim-process.ts';
import { Reached } from './sometimes.ts';

const world = (faults: Partial<LinkFaults> = {}, seed = 1) => {
  const draws = { workload: new Draws(seed), network: new Draws(seed + 1), faults: new Draws(seed + 2) };
  const scheduler = new Scheduler(draws, new Reached());
  const caller = new SimProcess('p', scheduler);
  const told: string[] = [];
  const applied: number[] = [];
  const link = createLink({
    caller,
    to: 'log',
    faults: { ...calmLink, lateMs: 50, ...faults },
    timeoutMs: 100,
    lost: (why) => new Error(why),
  });
  const call = (n: number): void => {
    void scheduler
      .request(link, () => {
        applied.push(n);
        return n;
      })
      .then(
        (answer) => told.push(`answer ${answer}`),
        (error: Error) => told.push(error.message),
      );
  };
  const run = () => scheduler.runUntil(() => false, 10_000);
  return { scheduler, caller, link, told, applied, call, run };
};

test('applies requests of one link in order and answers each', async () => {
  const { told, applied, call, run } = world({ wayMs: 20 });
  for (let n = 0; n < 20; n += 1) call(n);
  await run();
  expect(applied).toEqual(Array.from({ length: 20 }, (_, n) => n));
  expect(told.toSorted()).toEqual(applied.map((n) => `answer ${n}`).toSorted());
});

test.each([
  ['requestLost', { applied: 0, told: 'timeout' }],
  ['answerLost', { applied: 1, told: 'timeout' }],
  ['late', { applied: 1, told: 'timeout' }],
  ['twice', { applied: 2, told: 'answer 0' }],
] as const)('a request with %s', async (fault, expected) => {
  const { told, applied, call, run } = world({ [fault]: 1 });
  call(0);
  await run();
  expect({ applied: applied.length, told: told.join() }).toEqual(expected);
});

test('a stopped process learns the answer when it wakes, a killed one never', async () => {
  const { scheduler, caller, told, applied, call, run } = world();
  call(0);
  caller.freeze();
  await scheduler.runUntil(() => false, 50);
  expect({ applied, told }).toEqual({ applied: [0], told: [] });
  caller.wake();
  await run();
  expect(told).toEqual(['answer 0']);
  call(1);
  caller.kill();
  await run();
  expect({ applied, told }).toEqual({ applied: [0, 1], told: ['answer 0'] });
});

test.each([
  ['in time', 40, 'done'],
  ['too late', 400, 'timeout'],
])('a part that takes its time answers %s', async (_, workMs, expected) => {
  const { scheduler, link, run } = world();
  const told: string[] = [];
  const work = () => new Promise<string>((resolve) => void scheduler.after(workMs, () => resolve('done')));
  scheduler.request(link, work).then(
    (answer) => told.push(answer),
    (error: Error) => told.push(error.message),
  );
  await run();
  expect(told).toEqual([expected]);
});

test.each(['requestLost', 'answerLost', 'late', 'twice', 'reset', 'wayMs'] as const)(
  'a part that refuses harms nobody but its caller (%s)',
  async (fault) => {
    const { scheduler, link, run } = world({ [fault]: 1 });
    const refused = (): never => {
      throw new Error('refused');
    };
    const outcome = scheduler.request(link, refused).catch((error: Error) => error.message);
    const later = scheduler.request(link, () => Promise.reject(new Error('refused'))).catch(() => 'rejected');
    await run();
    expect(['refused', 'timeout', 'reset']).toContain(await outcome);
    expect(await later).toBe('rejected');
  },
);

test('every promise settles between two events', async () => {
  const { scheduler } = world();
  const seen: string[] = [];
  scheduler.after(5, () => void deep(50).then(() => seen.push('settled')));
  scheduler.after(5, () => seen.push('next event'));
  await scheduler.runUntil(() => false, 10);
  expect(seen).toEqual(['settled', 'next event']);
});

test('an answer settles before the next event, whatever quiet ones came before', async () => {
  const { scheduler, caller, link, run } = world({ wayMs: 0 });
  const seen: string[] = [];
  void scheduler
    .request(link, () => 1)
    .then(() => deep(50))
    .then(() => seen.push('settled'));
  scheduler.after(1, () => caller.freeze());
  scheduler.after(1, () => seen.push('next event'));
  await run();
  expect(seen).toEqual(['settled', 'next event']);
});

async function deep(turns: number): Promise<void> {
  for (let i = 0; i < turns; i += 1) await Promise.resolve();
}

test('the same seed gives the same run, another seed another', async () => {
  const storm = { requestLost: 0.1, answerLost: 0.1, late: 0.1, twice: 0.1, reset: 0.1, wayMs: 30 };
  const outcome = async (seed: number) => {
    const { told, applied, call, run } = world(storm, seed);
    for (let n = 0; n < 50; n += 1) call(n);
    await run();
    return { told, applied };
  };
  expect(await outcome(1)).toEqual(await outcome(1));
  expect(await outcome(1)).not.toEqual(await outcome(2));
});

test('a choice that is forced to 0 is the calm one, and the others stay as they were', () => {
  const noted: number[] = [];
  const drawn = new Draws(7, new Map(), noted);
  const before = Array.from({ length: 20 }, () => drawn.chance(0.5));
  const first = noted[0] ?? -1;
  const forced = new Draws(7, new Map([[first, 0]]));
  const after = Array.from({ length: 20 }, () => forced.chance(0.5));
  expect(after).toEqual(before.map((is, i) => (i === first ? false : is)));
});
