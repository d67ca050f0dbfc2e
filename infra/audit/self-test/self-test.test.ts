import { afterAll, describe, expect, test } from 'vitest';
import { writeTestCounts } from '../../local/test-counts.ts';
import { verdictOf } from '../audit-verdict.ts';
import { nothingGiven } from '../given.ts';
import { alwaysChecked, ruleIds } from '../rule-catalogue.ts';
import { createRules } from '../rules.ts';
import { runAudit } from '../run-audit.ts';
import { createCleanRun, createFaultlessRun } from './clean-run.ts';
import { corruptions } from './corruptions/all-corruptions.ts';
import { exorcise } from './corruptions/change-run.ts';
import { askedTwice, dumpOf, sameAgain, secretsOf } from './corruptions/given.ts';
import { createLifeRun } from './life/life-run.ts';
import { type MemoryRun, noTables, toRecording } from './memory-recording.ts';

const audit = (run: MemoryRun) => runAudit(toRecording(run), createRules(run.partitions));
const wrong = async (run: MemoryRun) =>
  (await audit(run)).filter(({ violations }) => violations > 0).map(({ id, first }) => `${id}: ${first}`);

/** The clean run with everything an audit can be given. */
function wholeRun(): MemoryRun {
  const run = createCleanRun();
  run.given = {
    expectation: { faults: true, ends: { Confirmed: [0.5, 0.9], Expired: [0.01, 0.2] } },
    coverage: {
      declared: {
        'kill after-append': 2,
        'step Authorizing PaymentDeclined': 1,
        'end Expired': 1,
        'reason CommandRefused/key-reused': 1,
        'rule I-09': 1,
      },
      reached: { 'kill after-append': 2 },
    },
    rebuildOf: dumpOf(run),
    answers: askedTwice(sameAgain),
    secrets: secretsOf({ where: 'api-1.log', text: 'order 4111111111111112 at 1767614400000 is fine' }),
  };
  return run;
}

test('a clean run has no violation, and every rule had something to check', async () => {
  const reports = await audit(wholeRun());
  expect(reports.filter(({ verdict }) => verdict !== 'holds')).toEqual([]);
  expect(reports.map(({ id }) => id)).toEqual(ruleIds);
  for (const { id, checked } of reports.filter((report) => alwaysChecked.includes(report.id)))
    expect(`${id} ${checked > 5}`).toBe(`${id} true`);
  expect(verdictOf(reports)).toBe('pass');
});

test('a run without faults is what its workload declared', async () => {
  const reports = await audit(createFaultlessRun());
  expect(reports.find(({ id }) => id === 'I-19')).toMatchObject({ verdict: 'holds', checked: 3 });
  expect(verdictOf(reports)).toBe('pass');
});

test('orders of every way through their life break no rule', async () => {
  const reports = await audit(createLifeRun());
  expect(
    reports.filter(({ violations }) => violations > 0).map(({ id, first }) => `${id}: ${first}`),
  ).toEqual([]);
  const unchecked = reports.filter(({ verdict }) => verdict === 'not-checked').map(({ id }) => id);
  expect(unchecked).toEqual(['I-15', 'I-17', 'I-19', 'I-22', 'I-24']);
});

test('the clean run holds void records, repeats, parked ones and every end an order can have', () => {
  const run = createCleanRun();
  const events = [...run.journals.values()].flat().map(({ event }) => event);
  const types = new Set(events.map((event) => event?.body.type));
  for (const type of [
    'OrderConfirmed',
    'OrderClosed',
    'OrderArchived',
    'HoldRefused',
    'PaymentDeclined',
    'CommandRefused',
    'CommandIgnored',
    'CommandQuarantined',
    'CommandParked',
    'CommandRedriven',
    'RedriveAnswered',
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

const runs = { odd: createCleanRun, faultless: createFaultlessRun, life: createLifeRun } as const;

describe('a single corruption is seen by the rule named for it', () => {
  let caught = 0;
  afterAll(() => {
    writeTestCounts('auditor', { 'corruptions planted': corruptions.length, 'corruptions caught': caught });
  });
  test.each(corruptions.map((corruption) => [corruption.rule, corruption.name, corruption] as const))(
    '%s: %s',
    async (rule, _, { plant, of, says }) => {
      const run = runs[of ?? 'odd']();
      plant(run);
      const reports = await audit(run);
      const report = reports.find(({ id }) => id === rule);
      expect(report?.verdict).toBe(rule === 'I-24' ? 'void' : 'violated');
      expect(report?.first).toMatch(says ?? /./);
      expect(verdictOf(reports)).not.toBe('pass');
      caught += 1;
    },
  );

  test('every rule has one; there are at least forty, each with its own name', () => {
    expect(new Set(corruptions.map(({ rule }) => rule))).toEqual(new Set(ruleIds));
    expect(corruptions.length).toBeGreaterThanOrEqual(40);
    expect(new Set(corruptions.map(({ name }) => name)).size).toBe(corruptions.length);
  });
});

const nothingAt = (run: MemoryRun): MemoryRun => ({
  ...run,
  inboxes: new Map(),
  journals: new Map(),
  views: new Map(),
  tables: noTables(),
  sales: [],
  positions: [],
  stockPositions: [],
  client: [],
  audit: [],
  config: [],
  customers: [],
  operations: null,
  hasRedis: false,
  given: nothingGiven,
});

test('without a client, a journal, a view or rows no rule has anything to check: that is void, not a pass', async () => {
  const reports = await audit(nothingAt(createCleanRun()));
  for (const { id, verdict, checked, violations } of reports)
    expect([id, verdict, checked, violations]).toEqual([id, 'not-checked', 0, 0]);
  expect(verdictOf(reports)).toBe('void');
});

test('a recording of the logs alone is audited by the rules of the logs; who asks for no more gets a pass', async () => {
  const run = createCleanRun();
  const logs = { ...run, views: new Map(), hasRedis: false, operations: null };
  const alone = { clickHouse: async () => null, privileged: async () => null };
  const reports = await runAudit({ ...toRecording(logs), ...alone }, createRules(2));
  const unchecked = reports.filter(({ verdict }) => verdict === 'not-checked');
  expect(unchecked.map(({ id, first }) => `${id} ${first}`)).toEqual([
    'I-11 the provider shows no ledger',
    'I-14 Redis was not recorded',
    'I-15 no dump from before a rebuild was given',
    'I-16 ClickHouse was not recorded',
    'I-17 no answers recorded before were given',
    'I-19 the workload declared nothing',
    'I-22 it was not asked to look for secrets',
    'I-23 the audit log was not recorded',
    'I-24 nothing was declared',
  ]);
  expect(verdictOf(reports)).toBe('void');
  expect(
    verdictOf(
      reports,
      alwaysChecked.filter((id) => !['I-14', 'I-16', 'I-23'].includes(id)),
    ),
  ).toBe('pass');
});

test('a violation weighs more than what was not reached', async () => {
  const run = wholeRun();
  for (const { name, plant } of corruptions)
    if (name === 'a rule that looked at nothing' || name === 'an end missing') plant(run);
  expect(verdictOf(await audit(run))).toBe('violated');
});

test('an audit before rest excuses what is under way, and nothing else', async () => {
  const run = createCleanRun();
  run.atRest = false;
  expect(await wrong(run)).toEqual([]);
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
  expect(await wrong(run)).toEqual([]);
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
