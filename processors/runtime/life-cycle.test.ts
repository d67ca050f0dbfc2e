import { expect, test } from 'vitest';
import { move, movesFrom, type TaskState, taskStates } from './life-cycle.ts';

test('reaches every state from the first, and can leave each but the last', () => {
  const reached = new Set<TaskState>(['taking-over']);
  for (const state of reached) for (const next of movesFrom(state)) reached.add(next);
  expect([...reached].sort()).toEqual([...taskStates].sort());
  expect(taskStates.filter((state) => movesFrom(state).length === 0)).toEqual(['dropped']);
});

const pairs = taskStates.flatMap((from) => taskStates.map((to) => [from, to] as const));

test.each(pairs.filter(([from, to]) => !movesFrom(from).includes(to)))(
  'throws on a move from %s to %s',
  (from, to) => {
    expect(() => move(from, to)).toThrow(`cannot go from ${from} to ${to}`);
  },
);

test.each(taskStates.filter((state) => state !== 'dropped'))('can drop a task that is %s', (state) => {
  expect(move(state, 'dropped')).toBe('dropped');
});
