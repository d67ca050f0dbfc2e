import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Session } from './api.ts';
import { comeBack, enter, leave, session, sessionFault, status } from './session.ts';

const who: Session = {
  store: 'demo',
  keyId: 'k',
  name: 'Demo store',
  timeZone: 'Europe/London',
  currencies: ['GBP'],
  exponents: {},
  scopes: ['analytics:read'],
};
const kept = new Map<string, string>();
const answers: (Response | Error)[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('localStorage', {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
    removeItem: (name: string) => kept.delete(name),
  });
  vi.stubGlobal('fetch', async () => {
    const answer = answers.shift() ?? new Error('asked once too often');
    if (answer instanceof Error) throw answer;
    return answer;
  });
  enter(who); // before: a cookie is there
  session.value = undefined;
});
afterEach(() => {
  leave();
  answers.length = 0;
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const problem = (code: number, title: string): Response =>
  Response.json({ type: 'x', title, detail: 'Why.', requestId: null }, { status: code });

test.each([
  ['503', problem(503, 'Too many requests at once')],
  ['500', problem(500, 'A bug of ours')],
  ['no answer', new TypeError('fetch failed')],
])('%s says nothing of the cookie: it is tried again, and the reader stays in', async (_, fault) => {
  answers.push(fault, Response.json(who));
  await comeBack();
  expect(session.value).toBeUndefined(); // no sign-in form
  expect(status.value).toMatchObject({ isBad: true });
  expect(status.value.text).toMatch(/Trying again\.$/);
  await vi.runOnlyPendingTimersAsync();
  expect(session.value).toEqual(who);
  expect(status.value).toEqual({ text: '', isBad: false });
});

test('401 leads to the sign-in, and the next load asks nothing', async () => {
  answers.push(problem(401, 'No valid API key'));
  await comeBack();
  expect(session.value).toBeNull();
  expect(kept.size).toBe(0);
  await comeBack();
  expect(session.value).toBeNull();
  expect(answers).toEqual([]);
});

test('a key that lost its scope leads to the sign-in in the words of the server', async () => {
  answers.push(problem(403, 'The key may not'));
  await comeBack();
  expect(session.value).toBeNull();
  expect(sessionFault.value).toBe('The key may not. Why.');
});
