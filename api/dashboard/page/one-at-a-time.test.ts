import { expect, test } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

/** An act that ends when the test says so. */
function heldAct() {
  const turns: PromiseWithResolvers<void>[] = [];
  const act = (): Promise<void> => {
    const turn = Promise.withResolvers<void>();
    turns.push(turn);
    return turn.promise;
  };
  return { act, turns };
}

test('fifteen calls while it is under way are one more turn', async () => {
  const { act, turns } = heldAct();
  const again = oneAtATime(act);
  const first = again();
  for (let i = 0; i < 15; i += 1) await again();
  expect(turns).toHaveLength(1);
  turns[0]?.resolve();
  await expect.poll(() => turns.length).toBe(2);
  turns[1]?.resolve();
  await first;
  expect(turns).toHaveLength(2);
});

test('a call after the last turn starts at once', async () => {
  const { act, turns } = heldAct();
  const again = oneAtATime(act);
  for (const turn of [0, 1, 2]) {
    const called = again();
    expect(turns).toHaveLength(turn + 1);
    turns[turn]?.resolve();
    await called;
  }
});

test('an act that throws is told to its caller, and the next call starts it again', async () => {
  const { act, turns } = heldAct();
  const again = oneAtATime(act);
  const first = again();
  turns[0]?.reject(new Error('no'));
  await expect(first).rejects.toThrow('no');
  const second = again();
  expect(turns).toHaveLength(2);
  turns[1]?.resolve();
  await second;
});
