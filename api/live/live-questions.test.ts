import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ok } from '../http/answer.ts';
import { Problem } from '../http/problem.ts';
import { type Asked, LiveQuestions } from './live-questions.ts';
import { answerState, type LiveState, problemState } from './live-state.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const everyMs = 1_000;

/** A resource whose next answer a test chooses; each question takes `tookMs`. */
function resource(key = 'a', store = 'S', keyId = 'k') {
  const counted = { asked: 0, underWay: 0, most: 0 };
  let next: () => LiveState = () => says(1);
  let tookMs = 10;
  const asked: Asked = {
    store,
    keyId,
    key,
    everyMs,
    async ask() {
      counted.asked += 1;
      counted.underWay += 1;
      counted.most = Math.max(counted.most, counted.underWay);
      await new Promise((done) => setTimeout(done, tookMs));
      counted.underWay -= 1;
      return next();
    },
  };
  return {
    asked,
    counted,
    answers: (state: () => LiveState) => void (next = state),
    takes: (ms: number) => void (tookMs = ms),
  };
}
const says = (value: number): LiveState => answerState(ok({ value }), { everyMs });
const away = (requestId = 'r-1'): LiveState => problemState(new Problem('view-unavailable'), requestId);

/** What a watcher has been told. */
function listener() {
  const told: unknown[] = [];
  return {
    told,
    hear: ({ is, body }: LiveState) =>
      void told.push(is === 'answer' ? JSON.parse(body).value : (JSON.parse(body) as { type: string }).type),
  };
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('a watcher is told at once and then only what has changed', async () => {
  const { asked, counted, answers } = resource();
  const { told, hear } = listener();
  new LiveQuestions().watch(asked, hear);
  await pass(20);
  expect(told).toEqual([1]);
  await pass(5_000);
  expect(counted.asked).toBeGreaterThan(3);
  expect(told).toEqual([1]);
  answers(() => says(2));
  await pass(1_100);
  expect(told).toEqual([1, 2]);
});

test('equal questions are asked once for all, and who comes later has the answer there is', async () => {
  const { asked, counted } = resource();
  const questions = new LiveQuestions();
  const watchers = Array.from({ length: 5 }, listener);
  for (const { hear } of watchers) questions.watch(asked, hear);
  await pass(20);
  expect(counted.asked).toBe(1);
  expect(watchers.map(({ told }) => told)).toEqual(watchers.map(() => [1]));
  const late = listener();
  questions.watch({ ...asked, ask: () => Promise.reject(new Error('asked beside')) }, late.hear);
  expect(late.told).toEqual([1]);
  expect([counted.asked, questions.size]).toEqual([1, 1]);
});

test('nothing is asked while nobody watches', async () => {
  const { asked, counted } = resource();
  const questions = new LiveQuestions();
  const leaves = [questions.watch(asked, () => undefined), questions.watch(asked, () => undefined)];
  await pass(20);
  leaves[0]?.();
  await pass(1_100);
  expect(counted.asked).toBe(2);
  leaves[1]?.();
  await pass(60_000);
  expect([counted.asked, questions.size]).toEqual([2, 0]);
});

test('a question is never asked beside itself, also where its last watcher left meanwhile and one came again', async () => {
  const { asked, counted, takes } = resource();
  takes(10_000);
  const questions = new LiveQuestions();
  const leave = questions.watch(asked, () => undefined);
  await pass(3_000);
  leave();
  const { told, hear } = listener();
  questions.watch(asked, hear);
  await pass(7_100);
  expect(told).toEqual([1]);
  expect([counted.asked, counted.most]).toEqual([1, 1]);
});

test('who leaves twice takes nothing from those who came in between', async () => {
  const { asked, counted } = resource();
  const questions = new LiveQuestions();
  const leave = questions.watch(asked, () => undefined);
  await pass(20);
  leave();
  questions.watch(asked, () => undefined);
  leave();
  await pass(20);
  questions.watch(asked, () => undefined);
  await pass(20);
  expect([counted.asked, questions.size]).toEqual([2, 1]);
});

test('one that takes long is asked more seldom: a fifth of the time at most', async () => {
  const { asked, counted, takes } = resource();
  takes(10_000);
  new LiveQuestions().watch(asked, () => undefined);
  await pass(190_000); // asked for 10 s, left alone for 40
  expect(counted.asked).toBe(4);
});

test('an outage is told once, however long, and the figures after it though they are those before', async () => {
  const { asked, answers } = resource();
  const { told, hear } = listener();
  new LiveQuestions().watch(asked, hear);
  await pass(20);
  let requests = 0;
  answers(() => away(`r-${(requests += 1)}`));
  await pass(10_000);
  expect(requests).toBeGreaterThan(5);
  expect(told).toEqual([1, '/problems/view-unavailable']);
  answers(() => says(1));
  await pass(1_100);
  expect(told).toEqual([1, '/problems/view-unavailable', 1]);
});

test('one key leaves room for the others of its store', () => {
  const questions = new LiveQuestions({ questionsMax: 9, ofStoreMax: 3, ofKeyMax: 2 });
  const watch = (key: string, keyId: string) =>
    questions.watch(resource(key, 'S', keyId).asked, () => undefined);
  watch('a', 'k-1');
  watch('b', 'k-1');
  expect(() => watch('c', 'k-1')).toThrow(/rate-limited: At most 2 different resources of a key/);
  watch('c', 'k-2');
  watch('c', 'k-1');
  expect(() => watch('d', 'k-2')).toThrow(/rate-limited: At most 3 different resources of a store/);
});

test('there is an end to different questions, first of one store; what is shared needs no room', async () => {
  const questions = new LiveQuestions({ questionsMax: 3, ofStoreMax: 2, ofKeyMax: 2 });
  const watch = (key: string, store: string) => questions.watch(resource(key, store).asked, () => undefined);
  const leave = watch('a', 'S');
  watch('b', 'S');
  expect(() => watch('c', 'S')).toThrow(/rate-limited: At most 2 different/);
  watch('b', 'S');
  watch('d', 'T');
  expect(() => watch('e', 'U')).toThrow(/overloaded: At most 3 different/);
  await pass(20);
  leave();
  watch('e', 'U');
  expect(questions.size).toBe(3);
});
