import { describe, expect, test } from 'vitest';
import { ruleIds } from '../rule.ts';
import { createRules } from '../rules.ts';
import { runAudit } from '../run-audit.ts';
import { createCleanRun } from './clean-run.ts';
import { corruptions, exorcise } from './corruptions.ts';
import { type MemoryRun, toRecording } from './memory-recording.ts';

const audit = (run: MemoryRun) => runAudit(toRecording(run), createRules(run.partitions));

test('a clean run has no violation, and every rule had something to check', async () => {
  const reports = await audit(createCleanRun());
  expect(reports.map(({ id, violations, first }) => ({ id, violations, first }))).toEqual(
    ruleIds.map((id) => ({ id, violations: 0, first: undefined })),
  );
  for (const { id, checked } of reports) expect(`${id} ${checked > 5}`).toBe(`${id} true`);
});

test('the clean run holds void records, repeats and every end an order can have', () => {
  const run = createCleanRun();
  const events = [...run.journals.values()].flat().map(({ event }) => event);
  const types = new Set(events.map((event) => event?.body.type));
  for (const type of [
    'OrderConfirmed',
    'OrderClosed',
    'HoldRefused',
    'PaymentDeclined',
    'CommandRefused',
    'CommandIgnored',
    'CommandQuarantined',
  ] as const) {
    expect(types).toContain(type);
  }
  const keys = events.map((event) => `${event?.body.type} ${event?.writer}`);
  expect(keys.filter((key) => key === 'Barrier late')).toHaveLength(3);
  const inbox = [...run.inboxes.values()].flat();
  expect(inbox.length).toBeGreaterThan(
    new Set(inbox.map(({ key, mark, command }) => JSON.stringify({ key, mark, command }))).size + 20,
  );
});

test('a run without its void records is clean for every rule that reads logs', async () => {
  const run = createCleanRun();
  exorcise(run);
  const reports = (await audit(run)).filter(({ id }) => id !== 'I-14' && id !== 'I-16');
  expect(reports.filter(({ violations }) => violations > 0)).toEqual([]);
});

describe('a single corruption is seen by the rule named for it', () => {
  test.each(corruptions.map((corruption) => [corruption.rule, corruption.name, corruption] as const))(
    '%s: %s',
    async (rule, _, { plant }) => {
      const run = createCleanRun();
      plant(run);
      const report = (await audit(run)).find(({ id }) => id === rule);
      expect(report?.violations).toBeGreaterThan(0);
      expect(report?.first).toEqual(expect.any(String));
    },
  );

  test('every rule has one, and there are at least forty', () => {
    expect(new Set(corruptions.map(({ rule }) => rule))).toEqual(new Set(ruleIds));
    expect(corruptions.length).toBeGreaterThanOrEqual(40);
  });
});

test('without a client, a journal, a view or rows the rules have nothing to check, which is no pass', async () => {
  const run = createCleanRun();
  const nothing: MemoryRun = {
    ...run,
    inboxes: new Map(),
    journals: new Map(),
    views: new Map(),
    tables: { orders: [], order_lines: [], payments: [] },
    sales: [],
    positions: [],
    client: [],
    operations: null,
  };
  for (const { checked, violations } of await audit(nothing)) expect([checked, violations]).toEqual([0, 0]);
});

test('an audit before rest excuses what is under way, and nothing else', async () => {
  const run = createCleanRun();
  run.atRest = false;
  for (const { violations } of await audit(run)) expect(violations).toBe(0);
  // A view that moved on while it was read, and a promise that is not decided yet.
  const [entry] = run.views.get('orders/0')?.filter(({ key }) => key.includes(':order:')) ?? [];
  if (entry?.value.is !== 'string') throw new Error('the clean run has orders in both partitions');
  const moved = entry.value.text
    .replace(/"status":"\w+"/, '"status":"capturing"')
    .replace(/"position":"0\.\d+"/, '"position":"0.9999"');
  run.views.set(
    'orders/0',
    (run.views.get('orders/0') ?? []).map((one) =>
      one === entry ? { ...one, value: { is: 'string', text: moved } } : one,
    ),
  );
  const promised = run.client.find(({ key, step }) => key === 'cart-1' && step === 'ok');
  if (promised) run.client.push({ ...promised, key: 'under-way', orderId: null });
  for (const { id, violations } of await audit(run)) expect([id, violations]).toEqual([id, 0]);
  run.atRest = true;
  expect((await audit(run)).filter(({ violations }) => violations > 0).map(({ id }) => id)).toEqual([
    'I-01',
    'I-14',
  ]);
  run.atRest = false;
  corruptions.find(({ name }) => name === 'an end missing')?.plant(run);
  expect((await audit(run)).find(({ id }) => id === 'I-05')?.violations).toBe(0);
  corruptions.find(({ name }) => name === 'an order confirmed twice')?.plant(run);
  expect((await audit(run)).find(({ id }) => id === 'I-05')?.violations).toBeGreaterThan(0);
});
