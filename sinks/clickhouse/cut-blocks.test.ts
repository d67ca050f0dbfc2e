import { expect, test } from 'vitest';
import {
  type Block,
  createCutter,
  type CutRule,
  lastTimeOf,
  nameOfRule,
  parseRule,
  widened,
  widestMs,
} from './cut-blocks.ts';
import { ordersJournalRows } from './journal-rows.ts';
import { countRows } from './order-rows.ts';
import { createJournal, type OrdersEvent } from './testing/journal.ts';

const rule = { intervalMs: 2_000, rowsMax: 8 };

/** 30 s of sales in uneven steps; a tick each second, or close to it. */
function journal(): readonly OrdersEvent[] {
  const of = createJournal();
  for (let i = 0; i < 60; i += 1) {
    if (i % 7 !== 0) of.sell(`k${i}`, [{ sku: 'A', quantity: 1, unitMinor: 1 }]);
    of.wait(137 + (i % 5) * 150);
    if (i % 2 === 0) of.tick();
  }
  return of.events;
}

function cut(
  events: readonly OrdersEvent[],
  from = { seq: 0, watermarkMs: 0 },
  by: CutRule = rule,
): readonly Block[] {
  const cutter = createCutter(0, { ...from, rule: by }, ordersJournalRows);
  return events
    .slice(from.seq)
    .map(({ event, position }) => cutter.add(event, position))
    .filter((block) => block !== null);
}

const shapes = (blocks: readonly Block[]) =>
  blocks.map(({ firstSeq, lastSeq, watermarkMs, rows }) => ({
    firstSeq,
    lastSeq,
    watermarkMs,
    rows: countRows(rows),
  }));

test('blocks follow each other without a gap and hold every row once', () => {
  const events = journal();
  const blocks = cut(events);
  expect(blocks.length).toBeGreaterThan(10);
  for (const [i, block] of blocks.entries()) expect(block.firstSeq).toBe((blocks[i - 1]?.lastSeq ?? 0) + 1);
  const seqs = blocks.flatMap(({ rows }) => rows.orders.map(({ seq }) => seq));
  expect(new Set(seqs).size).toBe(seqs.length);
});

test('whoever starts behind any block cuts the same blocks from there on', () => {
  const events = journal();
  const blocks = cut(events);
  for (const [i, { lastSeq, watermarkMs }] of blocks.entries()) {
    expect(shapes(cut(events, { seq: lastSeq, watermarkMs }))).toEqual(shapes(blocks.slice(i + 1)));
  }
});

test('a block ends with the tick that crosses a multiple of the interval, or with the event that brings the last row', () => {
  const events = journal();
  const blocks = cut(events);
  const ends = blocks.map(({ lastSeq, rows }) => ({
    is: events[lastSeq - 1]?.event.body.type,
    rows: countRows(rows),
  }));
  expect(ends.some(({ is }) => is === 'TimePassed')).toBe(true);
  expect(ends.some(({ is }) => is !== 'TimePassed')).toBe(true);
  for (const { is, rows } of ends) if (is !== 'TimePassed') expect(rows).toBeGreaterThanOrEqual(rule.rowsMax);
  for (const { rows } of ends) expect(rows).toBeLessThan(rule.rowsMax + 4);
});

/** Cuts all there is, each block by the rule that the one before it names, as a reader who holds it all. */
function cutWide(events: readonly OrdersEvent[], first: CutRule): readonly Block[] {
  const reachMs = lastTimeOf(events) ?? 0;
  const cutter = createCutter(0, { seq: 0, watermarkMs: 0, rule: first }, ordersJournalRows);
  const blocks: Block[] = [];
  for (const { event, position } of events) {
    const block = cutter.add(event, position);
    if (!block) continue;
    blocks.push(block);
    cutter.useRule(widened(first, block.watermarkMs, reachMs));
  }
  return blocks;
}

test('who holds a long stretch of the journal cuts few blocks, and leaves no more behind than the rule would', () => {
  const of = createJournal();
  for (let i = 0; i < 4_000; i += 1) {
    if (i % 10 === 0) of.sell(`k${i}`, [{ sku: 'A', quantity: 1, unitMinor: 1 }]);
    of.wait(1_000);
    of.tick();
  }
  const each = { intervalMs: 2_000, rowsMax: 50_000 };
  const [narrow, wide] = [cut(of.events, undefined, each), cutWide(of.events, each)];
  expect(narrow.length).toBeGreaterThan(1_900);
  expect(wide.length).toBeLessThan(20);
  const end = narrow.at(-1);
  expect([wide.at(-1)?.lastSeq, wide.at(-1)?.watermarkMs]).toEqual([end?.lastSeq, end?.watermarkMs]);
  expect(wide.flatMap(({ rows }) => rows.orders)).toEqual(narrow.flatMap(({ rows }) => rows.orders));
});

test('a rule is widened only as far as the end of the next block is at hand, and never beyond an hour', () => {
  const each = { intervalMs: 2_000, rowsMax: 8 };
  const spans = [0, 1_999, 2_000, 3_999, 4_000, 7_999, 8_000, 60_000, 10 * widestMs];
  // from a multiple of all of them
  const base = 4_096_000 * 1_000;
  expect(spans.map((span) => widened(each, base, base + span).intervalMs)).toEqual([
    2_000, 2_000, 2_000, 2_000, 4_000, 4_000, 8_000, 32_000, 2_048_000,
  ]);
  for (let watermarkMs = base; watermarkMs < base + 20_000; watermarkMs += 777) {
    for (const span of spans.slice(2)) {
      const { intervalMs, rowsMax } = widened(each, watermarkMs, watermarkMs + span);
      const nextEnd = (Math.floor(watermarkMs / intervalMs) + 1) * intervalMs;
      expect([nextEnd <= watermarkMs + span || intervalMs === each.intervalMs, rowsMax]).toEqual([true, 8]);
    }
  }
});

test('an event is never cut in two, though its lines exceed the limit', () => {
  const of = createJournal();
  of.sell(
    'k',
    Array.from({ length: 20 }, (_, i) => ({ sku: `S${i}`, quantity: 1, unitMinor: 1 })),
  );
  const [first] = cut(of.events);
  expect(first && [first.firstSeq, first.lastSeq, countRows(first.rows)]).toEqual([1, 1, 22]);
});

test('a rule changes between blocks only', () => {
  const of = createJournal();
  of.add({ type: 'CommitStarted', store: 'demo', orderId: 'o-1', holds: [] });
  const cutter = createCutter(0, { seq: 0, watermarkMs: 0, rule }, ordersJournalRows);
  cutter.useRule({ intervalMs: 1, rowsMax: 2 });
  for (const { event, position } of of.events) cutter.add(event, position);
  expect(() => cutter.useRule(rule)).toThrow(/between blocks/);
});

test('a Barrier belongs to no block', () => {
  const of = createJournal();
  of.add({ type: 'Barrier', writer: 'w1', follows: null });
  expect(
    of.events.map(({ event, position }) =>
      createCutter(0, { seq: 0, watermarkMs: 0, rule }, ordersJournalRows).add(event, position),
    ),
  ).toEqual([null]);
});

test('the name of a rule is the rule', () => {
  for (const each of [rule, { ...rule, rows: 1 as const }]) expect(parseRule(nameOfRule(each))).toEqual(each);
  expect([rule, parseRule('t2000-n8')].map(nameOfRule)).toEqual(['t2000-n8-r2', 't2000-n8']);
  for (const name of ['', 't2000', 't2000-n8-v2', 'tx-n1'])
    expect(() => parseRule(name)).toThrow(/unknown here/);
});

test('a block that an earlier build may have sent is cut as that build cut it, without the rows of each event', () => {
  const events = journal();
  const old = cut(events, undefined, { ...rule, rows: 1 });
  expect(old.every(({ rows }) => rows.order_events.length === 0)).toBe(true);
  const now = cut(events, undefined, rule).flatMap(({ rows }) => rows.order_events);
  expect(now.length).toBe(events.filter(({ event }) => event.body.type !== 'TimePassed').length);
});
