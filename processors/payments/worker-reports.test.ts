import { expect, test } from 'vitest';
import type { Append, AppendOutcome } from '../../infra/clients/log.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import { createHandClock, ok, requested, settled } from './testing/worker-bench.ts';
import { toReport } from './worker-op.ts';
import { createWorkerReports } from './worker-reports.ts';

function reporting() {
  const clock = createHandClock();
  const appends: (readonly Append[])[] = [];
  const answers: ((outcomes: readonly AppendOutcome[]) => void)[] = [];
  const fatal: Error[] = [];
  const silent = (): void => undefined;
  const report = createWorkerReports({
    log: {
      append: (batch) =>
        new Promise((resolve) => {
          appends.push(batch);
          answers.push(resolve);
        }),
    },
    partitions: 4,
    encode: (command) => Buffer.from(JSON.stringify(command)),
    clock,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    onFatal: (error) => fatal.push(error),
  });
  const done: string[] = [];
  return {
    clock,
    appends,
    done,
    fatal,
    report: (orderId: string) =>
      void report(toReport(requested(orderId), ok, 1)).then(() => done.push(orderId)),
    answer: async (...outcomes: readonly AppendOutcome['is'][]) => {
      const error = new Error('said the test');
      answers.shift()?.(
        outcomes.map((is) => (is === 'appended' ? { is, baseOffset: 0n, appendTimeMs: 1 } : { is, error })),
      );
      await settled();
    },
  };
}

test('a report stands under its order on the partition of that key, without headers', () => {
  const { report, appends } = reporting();
  report('o-1');
  expect(appends).toMatchObject([
    [{ topic: 'orders.commands.v1', partition: partitionOf('o-1', 4), records: [{ key: 'o-1' }] }],
  ]);
  expect(appends[0]?.[0]?.records[0]).not.toHaveProperty('headers');
});

test('sends the same bytes again until they are acknowledged, those of that partition alone', async () => {
  const { report, appends, done, clock, answer } = reporting();
  report('o-1');
  const orders = ['o-2', 'o-3', 'o-4', 'o-5', 'o-6'];
  for (const order of orders) report(order);
  await answer('appended');
  expect(done).toEqual(['o-1']);
  const batch = appends[1] ?? [];
  expect(batch.length).toBeGreaterThan(1);
  await answer('unknown', ...batch.slice(1).map(() => 'appended' as const));
  expect(done).toHaveLength(1 + orders.length - (batch[0]?.records.length ?? 0));
  expect(appends).toHaveLength(2);
  await clock.advance(2_000);
  expect(appends[2]).toEqual([batch[0]]);
  await answer('appended');
  expect(done.toSorted()).toEqual(['o-1', ...orders]);
});

test('at most 1,000 records go to a partition at once', async () => {
  const { report, appends, done, answer } = reporting();
  for (let i = 0; i < 1_500; i += 1) report('o-1');
  await answer('appended');
  expect(appends[1]?.[0]?.records).toHaveLength(1_000);
  await answer('appended');
  expect(appends[2]?.[0]?.records).toHaveLength(499);
  await answer('appended');
  expect(done).toHaveLength(1_500);
});

test('a log that refuses for good is fatal, not a loop nobody sees', async () => {
  const { report, fatal, done, answer } = reporting();
  report('o-1');
  await answer('refused');
  expect(fatal.map(({ message }) => message)).toEqual(['said the test']);
  expect(done).toEqual([]);
});
