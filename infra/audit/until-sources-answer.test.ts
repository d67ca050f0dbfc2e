import { expect, test } from 'vitest';
import { untilSourcesAnswer } from './until-sources-answer.ts';
import { NotAtRest } from './not-at-rest.ts';

/** A clock that moves by its pauses alone. */
function patience(withinMs: number | null) {
  let now = 0;
  const waited: string[] = [];
  return {
    waited,
    withinMs,
    onWait: ([reason]: readonly string[]) => void waited.push(reason ?? ''),
    nowMs: () => now,
    pause: async (ms: number) => {
      now += ms;
    },
  };
}

const failing = (times: number, error: Error) => async (leftMs: number | null) => {
  times -= 1;
  if (times >= 0) throw error;
  return leftMs;
};

test('waits out a source that is away, and gives the read the time that is left', async () => {
  const of = patience(10_000);
  await expect(untilSourcesAnswer(of, failing(3, new Error('the registry is away')))).resolves.toBe(7_000);
  expect(of.waited).toEqual(Array.from({ length: 3 }, () => 'the registry is away'));
});

test('gives up with the last failure when the time is over, at once without patience', async () => {
  await expect(untilSourcesAnswer(patience(2_500), failing(9, new Error('away')))).rejects.toThrow('away');
  const none = patience(null);
  await expect(untilSourcesAnswer(none, failing(1, new Error('away')))).rejects.toThrow('away');
  expect(none.waited).toEqual([]);
});

test.each([new TypeError('a bug'), new NotAtRest(5_000, ['orders lag'])])(
  'does not wait for %o',
  async (error) => {
    const of = patience(10_000);
    await expect(untilSourcesAnswer(of, failing(1, error))).rejects.toBe(error);
    expect(of.waited).toEqual([]);
  },
);
