import { expect, test } from 'vitest';
import type { RuleReport } from './rule.ts';
import { createRules } from './rules.ts';
import { runAudit } from './run-audit.ts';
import { createCleanRun } from './self-test/clean-run.ts';
import { type MemoryRun, toRecording } from './self-test/memory-recording.ts';

/** An audit that reads its journals long after rest: clocks have ticked meanwhile, and an answer has come late. */

const minuteMs = 60_000;

/** The clean run, each partition of which was ticked for `minutes` more from rest until it was read. */
function slowlyRead(minutes: number): MemoryRun {
  const run = createCleanRun();
  const restAtMs = run.restAtMs ?? 0;
  const ends = new Map<string, number>();
  for (const [task, records] of run.journals) {
    const last = records.at(-1);
    const [tick] = (run.inboxes.get(task) ?? []).slice(-1);
    if (!last?.event || last.event.body.type !== 'TimePassed' || tick?.command?.body.type !== 'Tick')
      throw new TypeError('the day ends with a tick');
    ends.set(task, records.length);
    for (let n = 1; n <= minutes * 4; n += 1) {
      const atMs = restAtMs + n * 15_000;
      const inbox = run.inboxes.get(task) ?? [];
      inbox.push({ ...tick, offset: inbox.length, atMs });
      const { event } = last;
      records.push({
        ...last,
        offset: records.length,
        event: {
          ...event,
          seq: event.seq + n,
          cause: { ...event.cause, offset: inbox.length - 1 },
          body: { type: 'TimePassed', atMs },
        },
      });
    }
  }
  run.journalEndsAtRest = ends;
  run.journalsAskedAtMs = restAtMs + minutes * minuteMs;
  return run;
}

async function ruleOf(id: RuleReport['id'], run: MemoryRun): Promise<RuleReport | undefined> {
  const reports = await runAudit(toRecording(run), createRules(run.partitions));
  return reports.find((report) => report.id === id);
}
const i20 = (run: MemoryRun): Promise<RuleReport | undefined> => ruleOf('I-20', run);

test('an audit that takes ten minutes after rest does not take its age for a clock that jumped', async () => {
  const report = await i20(slowlyRead(10));
  expect([report?.verdict, report?.first]).toEqual(['holds', undefined]);
});

test('a watermark ahead of the clock when its journal was read is one that jumped', async () => {
  const run = slowlyRead(10);
  run.journalsAskedAtMs = (run.journalsAskedAtMs ?? 0) - 6 * minuteMs;
  expect((await i20(run))?.first).toMatch(/: its watermark is 360000 ms ahead of the clock/);
});

test('one that had jumped at rest is seen, however long after that it is read', async () => {
  const run = slowlyRead(10);
  run.restAtMs = (run.restAtMs ?? 0) - 6 * minuteMs;
  expect((await i20(run))?.first).toMatch(/: its watermark is 3549[5-9]0 ms ahead of the clock/);
});

test('Ticks that came only while it was audited do not make a partition one that was ticked at rest', async () => {
  const run = slowlyRead(10);
  run.restAtMs = (run.restAtMs ?? 0) + 30_000;
  expect((await i20(run))?.first).toMatch(/: its watermark is 350[0-5]0 ms old at rest/);
});

test('an answer that came late and changes nothing may wait for the sink, if it came after rest', async () => {
  const run = createCleanRun();
  const records = run.journals.get('orders/0') ?? [];
  const last = records.at(-1);
  const [placed] = records.flatMap(({ event }) => (event?.body.type === 'OrderPlaced' ? [event.body] : []));
  if (!last?.event || !placed) throw new TypeError('the day has an order');
  const ends = new Map([['orders/0', records.length]]);
  const ignored = { command: 'ReportFacts', key: placed.orderId, reason: 'answer-void' };
  const body = { type: 'CommandIgnored', ...ignored, commandId: null, fingerprint: null } as const;
  records.push({ ...last, offset: records.length, event: { ...last.event, seq: last.event.seq + 1, body } });
  expect((await ruleOf('I-16', run))?.first).toMatch(/the sink stands at seq \d+ of orders\/0/);
  run.journalEndsAtRest = ends;
  expect((await ruleOf('I-16', run))?.verdict).toBe('holds');
});
