import { expect, test } from 'vitest';
import { runSeed } from './mutate-seed.ts';
import { mutateTopics } from './mutate-topics.ts';

/** Every event and reason that spoiled records must have come to, or the mutator reaches less than it says. */
const reached = [
  'unexpected-tombstone',
  'too-short',
  'bad-magic',
  'decode',
  'trailing-bytes',
  'range',
  'encoding',
  'bad-key',
  'key-mismatch',
  'wrong-partition',
  'bad-headers',
  'unknown-source',
  'unknown-schema',
  'semantic',
  'store-mismatch',
].map((reason) => `quarantined ${reason}`);
const decided = [
  'OrderPlaced',
  'HoldRecorded',
  'PaymentAuthorized',
  'HoldPlaced',
  'HoldCommitted',
  'ProductPut',
];
const held = ['repeat', 'waited unknown-schema', 'waited clock-jump', 'stopped source-gap', 'TimePassed'];

test('a million spoiled records crash nothing, and each comes to an event, a reason, a repeat or a wait', async () => {
  const report = await mutateTopics({ records: 1_000_000, firstSeed: 1, threads: 2 });
  expect(report.violations).toEqual([]);
  const missing = [...reached, ...decided, ...held].filter((what) => !(what in report.came));
  expect(missing).toEqual([]);
  const total = Object.values(report.came).reduce((sum, count) => sum + count, 0);
  expect(total).toBeGreaterThanOrEqual(report.records);
  process.stdout.write(
    `topic mutator: ${report.records} records, ${report.seeds} seeds, ${Object.keys(report.came).length} outcomes, ${report.violations.length} violations\n`,
  );
}, 1_200_000);

test('a seed says the same again', () => {
  expect(runSeed(7, 300)).toEqual(runSeed(7, 300));
});
