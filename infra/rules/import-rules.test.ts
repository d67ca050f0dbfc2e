import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { judgeImport } from './import-rules.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts', '*.tsx'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  // a vitest.config.ts is the tool's, wherever it stands
  .filter((file) => file.includes('/') && !/^docs\/|(^|\/)vitest\.config\.ts$/.test(file));

const sourceOf = (file: string): string => readFileSync(join(root, file), 'utf8');

const imports = files.flatMap((file) =>
  [...sourceOf(file).matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path = '']) => ({
    file,
    target: normalize(join(dirname(file), path)),
  })),
);

test('every import stays within the layers of DESIGN §6', () => {
  expect(imports.length).toBeGreaterThan(50);
  expect(imports.map(judgeImport).filter((fault) => fault !== null)).toEqual([]);
});

test.each([
  ['schemas/money.ts', 'infra/config/config.ts'],
  ['processors/orders/decide-order.ts', 'infra/clients/log.ts'],
  ['processors/orders/decide-order.ts', 'processors/stock/stock.ts'],
  ['processors/runtime/task.ts', 'processors/orders/order.ts'],
  ['api/orders/place-order.ts', 'processors/orders/order.ts'],
  ['api/client/millrace-client.ts', 'api/http/problem.ts'],
  ['api/dashboard/page/order-page.tsx', 'api/orders/order-answer.ts'],
  ['sinks/clickhouse/order-rows.ts', 'processors/views/order-view.ts'],
  ['infra/audit/audit.ts', 'processors/orders/order.ts'],
  ['infra/local/launcher.ts', 'api/main.ts'],
])('refuses %s importing %s', (file, target) => {
  expect(judgeImport({ file, target })).toContain(file);
});

test('only the adapter imports kafkajs, only its configuration reads the environment', () => {
  const production = files.filter((file) => !/\.test\.ts$|\/testing\/|^infra\/bench\//.test(file));
  const users = (pattern: RegExp): string[] => production.filter((file) => pattern.test(sourceOf(file)));
  expect(users(/from 'kafkajs/).filter((file) => !file.startsWith('infra/clients/kafkajs'))).toEqual([]);
  expect(
    users(/process\.env\b/).filter((file) => !/^(examples|infra\/(config|local|cli|e2e))\//.test(file)),
  ).toEqual([]);
});

test('no clock, randomness, I/O or async stands in a domain', () => {
  const impure =
    /\bDate\.now\b|new Date\(\)|Math\.random|\basync\b|\bawait\b|setTimeout|from 'node:|randomUUID/;
  const domain = files.filter(
    (file) =>
      /^processors\/(orders|stock|catalogue)\//.test(file) ||
      /^processors\/payments\/(?!worker|testing)/.test(file),
  );
  const pure = domain.filter((file) => !/(main|start|\.test|\.properties\.test)\.ts$/.test(file));
  expect(pure.length).toBeGreaterThan(5);
  expect(pure.filter((file) => impure.test(sourceOf(file)))).toEqual([]);
});

/** The file and all it imports, directly or not. */
function reachOf(file: string, reached = new Set<string>()): ReadonlySet<string> {
  reached.add(file);
  for (const { target } of imports.filter((each) => each.file === file)) {
    if (!reached.has(target)) reachOf(target, reached);
  }
  return reached;
}

test.each(['processors/views/start.ts', 'sinks/clickhouse/start.ts'])(
  'trap 34: replay repeats mails, charges: what rebuilds from %s reaches no provider and appends to no topic',
  (start) => {
    const reached = [...reachOf(start)];
    expect(reached.length).toBeGreaterThan(30);
    const acts = /^(infra\/psp|processors\/(payments|runtime|orders|stock|catalogue)|producers|api)\//;
    expect(reached.filter((file) => acts.test(file))).toEqual([]);
    expect(reached.filter((file) => /\.append\(/.test(sourceOf(file)))).toEqual([]);
  },
);

/**
 * What the simulator runs unchanged (reliability.md §4): time and chance come to it through ports alone. Left out is
 * what wires a process or speaks to an engine.
 */
const simulated =
  /^(processors\/(runtime|views|payments|orders|stock|catalogue)\/|sinks\/clickhouse\/|infra\/clients\/(journal|record-queue|decode-records|log))/;
const ownTimeOrChance =
  /\bDate\.now\b|new Date\(\)|Math\.random|\bset(Timeout|Interval|Immediate)\b|performance\.now|hrtime|AbortSignal\.timeout|node:timers|random(UUID|Bytes|Int)\b/;

test('simulated code asks its clock and its chance, never the machine', () => {
  const subject = files.filter((file) => simulated.test(file) && !/\.test\.ts$|\/testing\//.test(file));
  expect(subject.length).toBeGreaterThan(80);
  expect(subject.filter((file) => ownTimeOrChance.test(sourceOf(file)))).toEqual([]);
});
