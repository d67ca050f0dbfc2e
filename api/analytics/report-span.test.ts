import { expect, test } from 'vitest';
import { toReportSpan, upToAsOf } from './report-span.ts';

const nowMs = Date.UTC(2026, 5, 10, 12, 0, 30);
const spanOf = (question: Parameters<typeof toReportSpan>[0], isOrdered = false) =>
  toReportSpan(question, { tz: 'UTC', bucket: 'day', isOrdered, nowMs });

test('without to it ends with asOf, so that the same question has the same range for ever', () => {
  const asOf = '2026-06-09T10:00:00Z';
  expect(spanOf({ from: '2026-06-01', asOf })).toEqual({
    fromMs: Date.UTC(2026, 5, 1),
    toMs: Date.parse(asOf),
    asOfMs: Date.parse(asOf),
  });
  expect(spanOf({ from: '2026-06-01', asOf }, true).toMs).toBe(Date.parse(asOf) + 86_400_000);
  expect(spanOf({ from: '2026-06-01' })).toMatchObject({ toMs: Date.UTC(2026, 5, 10, 12, 1), asOfMs: null });
});

test('what the clock of the log had not reached is not read', () => {
  const span = spanOf({ from: '2026-06-01', to: '2026-06-10', asOf: '2026-06-05' });
  expect(upToAsOf(span)).toEqual({ ...span, toMs: Date.UTC(2026, 5, 5) });
  expect(upToAsOf({ ...span, fromMs: Date.UTC(2026, 5, 7) })).toMatchObject({
    fromMs: Date.UTC(2026, 5, 7),
    toMs: Date.UTC(2026, 5, 7),
  });
  expect(upToAsOf({ ...span, asOfMs: null })).toMatchObject({ toMs: span.toMs });
});

test.each([
  [{ asOf: '2026-06-11' }, /future/],
  [{ asOf: 'noon' }, /asOf is an RFC 3339/],
  [{ from: '2026-06-05', to: '2026-06-09', asOf: '2026-06-05' }, /earlier than asOf/],
])('%j is refused before anything is read', (question, message) => {
  expect(() => spanOf(question)).toThrow(message);
});
