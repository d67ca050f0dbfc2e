import type { Logger } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { noAnswer, type RequestLine } from './create-app.ts';
import { createRequestLog } from './request-log.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A log of the lines it was told, by level. */
function setUp() {
  const lines: [level: string, fields: object][] = [];
  const at = (level: string) => (fields: object) => void lines.push([level, fields]);
  const logger = { warn: at('warn'), info: at('info'), debug: at('debug') } as unknown as Logger;
  return { lines, tell: createRequestLog(logger) };
}

const line = (status: number, problem: string | null, fault: unknown = null): RequestLine => ({
  method: 'POST',
  route: '/v1/orders',
  status,
  durationMs: 1.26,
  requestId: 'r-1',
  store: 'S',
  keyId: 'k',
  problem,
  replayed: false,
  byCookie: false,
  fault,
});

test('refusals are told at info, faults at warn, what was well served at debug', () => {
  const { lines, tell } = setUp();
  for (const status of [202, 404, 503]) tell(line(status, status === 202 ? null : 'not-found'));
  expect(lines.map(([level]) => level)).toEqual(['debug', 'info', 'warn']);
  expect(lines[1]?.[1]).toMatchObject({ durationMs: 1.3, route: '/v1/orders', problem: 'not-found' });
});

test('an engine is quoted, a bug of ours is told by its place alone', () => {
  const { lines, tell } = setUp();
  tell(line(503, 'view-unavailable', new Error('connection lost')));
  tell(line(500, 'internal-error', new TypeError('quotes the canary')));
  expect(lines[0]?.[1]).toMatchObject({ fault: 'connection lost' });
  expect(JSON.stringify(lines[1])).toMatch(/TypeError.*request-log\.test/);
  expect(JSON.stringify(lines[1])).not.toContain('canary');
});

test('a thousand requests that are shed are one line a second', () => {
  const { lines, tell } = setUp();
  for (let i = 0; i < 1_000; i += 1) tell(line(503, 'overloaded'));
  expect(lines.filter(([level]) => level !== 'debug')).toEqual([]);
  vi.advanceTimersByTime(1_000);
  tell(line(503, 'overloaded'));
  vi.advanceTimersByTime(5_000);
  expect(lines.filter(([level]) => level === 'warn')).toEqual([
    ['warn', { requests: 1_000 }],
    ['warn', { requests: 1 }],
  ]);
});

test('callers who left before their answer are one line a second, with their count', () => {
  const { lines, tell } = setUp();
  for (let i = 0; i < 30; i += 1) tell(line(noAnswer, null));
  expect(lines.map(([level]) => level)).toEqual(lines.map(() => 'debug'));
  vi.advanceTimersByTime(1_000);
  expect(lines.at(-1)).toEqual(['info', { requests: 30 }]);
  vi.advanceTimersByTime(5_000);
  expect(lines).toHaveLength(31);
});
