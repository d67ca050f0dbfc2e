import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseAst } from 'vitest/node';
import { namesMoney, type Suspect, suspectsIn } from './money-arithmetic.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

const parse = (source: string): readonly Suspect[] => {
  const text = stripTypeScriptTypes(source);
  return suspectsIn(parseAst(text), text);
};

/** Product code that money passes through. */
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /^(schemas|processors|producers|api|sinks|infra\/psp)\//.test(file))
  .filter((file) => !/\.(test|contract)\.ts$|\/testing\/|^processors\/simulation\//.test(file));

/** Numbers that are no money, by the file they stand in: what they count. Whoever adds a line says it here. */
const others: Readonly<Record<string, string>> = {
  'api/analytics/ask-clickhouse.ts': 'seconds',
  'api/analytics/compare-periods.ts': 'days and ms',
  'api/analytics/compare-rows.ts': 'seconds',
  'api/analytics/export-compared.ts': 'ms',
  'api/analytics/report-span.ts': 'minutes',
  'api/analytics/run-report.ts': 'seconds',
  'api/analytics/time-range.ts': 'minutes of an offset',
  'api/client/retry-policy.ts': 'ms',
  'api/dashboard/page/format.ts': 'seconds',
  'api/dashboard/page/live-stream.ts': 'seconds and ms',
  'api/dashboard/page/ranges.ts': 'seconds',
  'api/http/admission.ts': 'shares of the requests inside',
  'api/http/rate-limit.ts': 'tokens of a bucket',
  'api/http/request-log.ts': 'ms',
  'api/http/request-metrics.ts': 'seconds',
  'api/http/request-queue.ts': 'a share of ms',
  'api/idempotency/daily-quotas.ts': 'seconds of a day',
  'api/idempotency/soft-deadline.ts': 'turns of the loop',
  'api/live/live-resources.ts': 'seconds',
  'api/requests/kept-request.ts': 'ms',
  'api/start.ts': 'ms',
  'api/views/order-ledger.ts': 'seconds',
  'infra/psp/simulator/fault-plan.ts': 'chance',
  'infra/psp/simulator/render-object.ts': 'seconds',
  'infra/psp/simulator/serve-simulator.ts': 'chance and ms',
  'infra/psp/stripe/stripe-hints.ts': 'seconds',
  'infra/psp/stripe/stripe-scale.ts': 'amounts that are BigInt by their type',
  'infra/psp/stripe/stripe-balance.ts': 'seconds',
  'infra/psp/webhook-signature.ts': 'seconds',
  'processors/payments/payment-schedule.ts': 'hours of a day',
  'processors/payments/worker-op.ts': 'ms',
  'processors/payments/worker-reports.ts': 'ms',
  'processors/payments/worker.ts': 'hours of a day',
  'processors/runtime/append-until-known.ts': 'ms',
  'processors/runtime/packed-chunks.ts': 'bytes',
  'processors/runtime/packed-ids.ts': 'bytes',
  'processors/runtime/process-slice.ts': 'records and bytes',
  'processors/runtime/quarantine.ts': 'bytes',
  'processors/runtime/runtime-metrics.ts': 'seconds',
  'processors/runtime/start-processor.ts': 'a share of a heap',
  'processors/runtime/sweep-chunks.ts': 'bytes',
  'processors/runtime/task-waits.ts': 'seconds',
  'producers/checkout/checkout.ts': 'ms',
  'producers/checkout/pace.ts': 'ms',
  'producers/load/plan-life.ts': 'chance',
  'producers/load/plan-load.ts': 'chance and whole pence',
  'producers/replay/decimal.ts': 'digits that are BigInt by their type',
  'producers/replay/replay.ts': 'a share of the pieces',
  'schemas/byte-writer.ts': 'bytes',
  'schemas/topic-codec.ts': 'a zigzag number',
  'sinks/clickhouse/clickhouse-ledger.ts': 'seconds',
  'sinks/clickhouse/cut-blocks.ts': 'intervals',
  'sinks/clickhouse/doubtful-minutes.ts': 'minutes',
  'sinks/clickhouse/row-binary.ts': 'bytes',
  'sinks/clickhouse/sink-metrics.ts': 'seconds',
};

const floats = files.map((file) => ({
  file,
  suspects: parse(readFileSync(path.join(root, file), 'utf8')).filter(({ isBigInt }) => !isBigInt),
}));

test('no float comes near money: what divides, rounds or multiplies it is BigInt', () => {
  expect(files.length).toBeGreaterThan(300);
  const faults = floats.flatMap(({ file, suspects }) =>
    suspects
      .filter(({ text }) => namesMoney(text) || !(file in others))
      .map(({ text }) => `${file}: ${text} (BigInt, or say in this test what it counts)`),
  );
  expect(faults).toEqual([]);
});

test('every file that is said to count other things does', () => {
  const counting = new Set(floats.filter(({ suspects }) => suspects.length > 0).map(({ file }) => file));
  expect(Object.keys(others).filter((file) => !counting.has(file))).toEqual([]);
});

test.each([
  'const a = netMinor / 2;',
  'const a = Math.round(x);',
  'const a = b.toFixed(2);',
  'const a = parseFloat(text);',
  'const a = Number.parseFloat(text);',
  'const a = b * 0.2;',
  'let a = 1; a /= 3;',
  'const a = quantity * unitMinor;',
  'const a: number = (line.priceMinor as number) * 3;',
])('sees the float in %j', (source) => {
  expect(parse(source).some(({ isBigInt }) => !isBigInt)).toBe(true);
});

test.each(['(amount * bp + 5_000n) / 10_000n', 'BigInt(a) / BigInt(b)', 'a / (b + 1n)'])(
  'takes %j for BigInt',
  (source) => {
    expect(parse(`const a = ${source};`).every(({ isBigInt }) => isBigInt)).toBe(true);
  },
);
