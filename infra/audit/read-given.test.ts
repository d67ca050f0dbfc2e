import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  askAgain,
  BadGivenFile,
  readAnswers,
  readCanaries,
  readCoverage,
  readExpectation,
} from './read-given.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'given-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (text: string): string => {
  const name = path.join(folder, 'file');
  writeFileSync(name, text);
  return name;
};

test('reads what a workload declares', async () => {
  expect(await readExpectation(file('{"faults": false, "ends": {"Confirmed": [0.9, 1]}}'))).toEqual({
    faults: false,
    ends: { Confirmed: [0.9, 1] },
  });
  expect(await readCoverage(file('{"declared": {"kill": 2}}'))).toEqual({
    declared: { kill: 2 },
    reached: {},
  });
  expect(await readCanaries(file('one\n\ntwo\r\n'))).toEqual(['one', 'two']);
});

test.each([
  ['no JSON', '{'],
  ['a share above 1', '{"faults": true, "ends": {"Confirmed": [0, 2]}}'],
  ['an end nobody knows', '{"faults": true, "ends": {"Lost": [0, 1]}}'],
  ['a word too many', '{"faults": true, "fault": false}'],
])('refuses %s, naming the file', async (_, text) => {
  const name = file(text);
  await expect(readExpectation(name)).rejects.toThrow(BadGivenFile);
  await expect(readExpectation(name)).rejects.toThrow(name);
});

const answer = (rows: readonly object[], completeUntil: string | null, bucket: string | null = 'hour') => ({
  data: rows,
  meta: { complete_until: completeUntil, bucket, report: 'sales' },
});
const row = { bucket: '2026-01-05T10:00:00Z', bucket_local: 'x', currency: 'GBP', orders: 2, partial: false };

test('asks each recorded question again and tells groups from values', async () => {
  const asked = '/v1/analytics/sales?bucket=hour';
  const recorded = await readAnswers(
    file(`${JSON.stringify({ path: asked, answer: answer([row], '2026-01-05T11:00:00Z') })}\n\n`),
  );
  const again = await askAgain(recorded, async (question) => {
    expect(question).toBe(asked);
    return answer([{ ...row, orders: 3, partial: true }], null);
  });
  const hourMs = 3_600_000;
  const fromMs = Date.UTC(2026, 0, 5, 10);
  expect(again).toEqual([
    {
      question: asked,
      before: {
        completeUntilMs: fromMs + hourMs,
        rows: [{ fromMs, toMs: fromMs + hourMs, group: 'currency=GBP', values: 'orders=2' }],
      },
      after: { completeUntilMs: null, rows: [] },
    },
  ]);
});

test('a report without buckets promises nothing', async () => {
  const recorded = await readAnswers(
    file(
      JSON.stringify({
        path: '/v1/analytics/top',
        answer: answer([{ sku: 'A' }], '2026-01-05T11:00:00Z', null),
      }),
    ),
  );
  const [asked] = await askAgain(recorded, async () => answer([], null));
  expect(asked?.before).toEqual({ completeUntilMs: null, rows: [] });
});

test('refuses a line that is no recorded answer, naming it', async () => {
  await expect(readAnswers(file('{"path": "/v1/orders"}'))).rejects.toThrow('file:1');
});
