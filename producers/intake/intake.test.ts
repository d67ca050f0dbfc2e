import { afterEach, expect, test, vi } from 'vitest';
import type { Append, AppendOutcome, Log } from '../../infra/clients/log.ts';
import { Intake, type IntakeOptions, type Submitted } from './intake.ts';

interface Sent {
  readonly appends: readonly Append[];
  readonly answer: (outcomes: readonly AppendOutcome[]) => void;
}

const setUp = (options: Partial<IntakeOptions> = {}) => {
  const sent: Sent[] = [];
  const log: Pick<Log, 'append'> = {
    append: (appends) => new Promise((answer) => sent.push({ appends, answer })),
  };
  const intake = new Intake({
    log: log as Log,
    partitions: 4,
    tickMs: 1,
    answerWithinMs: 60_000,
    ...options,
  });
  const submit = (key: string, topic = 'orders.commands.v1'): Promise<Submitted> =>
    intake.submit({ topic, key, value: Buffer.from(key), traceparent: null });
  const nextSend = async (index: number): Promise<Sent> => {
    for (;;) {
      const found = sent[index];
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  return { intake, submit, sent, nextSend };
};
afterEach(() => void vi.useRealTimers());

const appended = (baseOffset: bigint): AppendOutcome => ({ is: 'appended', baseOffset, appendTimeMs: null });

test('what comes within a tick goes out in one append, and each submission learns its own offset', async () => {
  const { submit, sent, nextSend } = setUp();
  const results = ['a', 'a', 'b'].map((key) => submit(key));
  const { appends, answer } = await nextSend(0);
  answer(appends.map((_, i) => appended(BigInt(100 * (i + 1)))));
  const outcomes = await Promise.all(results);
  expect(sent).toHaveLength(1);
  expect(outcomes.map((o) => o.is)).toEqual(['appended', 'appended', 'appended']);
  const [first, second] = outcomes;
  expect(second).toEqual({ ...first, offset: (first as { offset: number }).offset + 1 });
});

test('an unknown outcome is told as unknown, and only to those of that partition', async () => {
  const { submit, nextSend } = setUp();
  const results = ['a', 'b'].map((key, i) => submit(key, `t${i}`));
  const { answer } = await nextSend(0);
  answer([{ is: 'unknown', error: new Error('reset') }, appended(7n)]);
  expect((await Promise.all(results)).map((o) => o.is)).toEqual(['unknown', 'appended']);
});

test('a full queue takes nothing more', async () => {
  const { submit, nextSend } = setUp({ queuedMax: 2 });
  const results = ['a', 'b', 'c'].map((key) => submit(key));
  await expect(results[2]).resolves.toEqual({ is: 'overloaded' });
  const { appends, answer } = await nextSend(0);
  answer(appends.map(() => appended(0n)));
  await Promise.all(results);
  expect(await Promise.race([submit('d'), Promise.resolve('queued')])).toBe('queued');
});

test('a log that does not answer in time leaves the outcome unknown', async () => {
  const { submit } = setUp({ answerWithinMs: 10 });
  expect((await submit('a')).is).toBe('unknown');
});

test('what could not be sent in time was not sent', async () => {
  const { submit, sent, nextSend } = setUp({ answerWithinMs: 30 });
  const stuck = [];
  for (let i = 0; i < 4; i += 1) {
    stuck.push(submit(`k${i}`));
    await nextSend(i);
  }
  expect(await submit('late')).toEqual({ is: 'overloaded' });
  expect(sent).toHaveLength(4);
  await Promise.all(stuck);
});

test('no append holds more than 1,000 records of a partition', async () => {
  const { submit, nextSend } = setUp({ partitions: 1 });
  const results = Array.from({ length: 1_500 }, (_, i) => submit(String(i)));
  const first = await nextSend(0);
  expect(first.appends.map((a) => a.records.length)).toEqual([1_000]);
  first.answer([appended(0n)]);
  const second = await nextSend(1);
  expect(second.appends[0]?.records).toHaveLength(500);
  second.answer([appended(1_000n)]);
  expect((await Promise.all(results)).at(-1)).toEqual({ is: 'appended', partition: 0, offset: 1_499 });
});

test('after a wait for the log commands gather for a tick again, no longer and no shorter', async () => {
  vi.useFakeTimers();
  const { submit, sent } = setUp({ tickMs: 3, partitions: 1 });
  const tick = () => vi.advanceTimersByTimeAsync(3);
  const sizes = () => sent.map(({ appends }) => appends[0]?.records.length);
  for (let i = 0; i < 4; i += 1) {
    void submit(`k${i}`);
    await tick();
  }
  void submit('held up');
  await tick();
  expect(sizes()).toEqual([1, 1, 1, 1]);
  for (const { answer } of sent) answer([appended(0n)]);
  await vi.advanceTimersByTimeAsync(0);
  expect(sizes()).toEqual([1, 1, 1, 1, 1]);
  void submit('a');
  sent[4]?.answer([appended(0n)]);
  await vi.advanceTimersByTimeAsync(0);
  void submit('b');
  expect(sizes()).toHaveLength(5);
  await tick();
  expect(sizes()).toEqual([1, 1, 1, 1, 1, 2]);
});
