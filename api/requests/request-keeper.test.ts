import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { requestKeys } from '../../schemas/redis-keys.ts';
import { noAnswer, type RequestLine } from '../http/create-app.ts';
import type { KeptRequest } from './kept-request.ts';
import { RequestKeeper } from './request-keeper.ts';

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-01-31T14:59:59.500Z') }));
afterEach(() => void vi.useRealTimers());

type Command = readonly [name: string, ...args: readonly unknown[]];

/** Notes the commands of each pipeline; `answer` says what becomes of one. */
function fakeRedis() {
  const sent: Command[][] = [];
  let answer = (): Promise<[Error | null, unknown][]> => Promise.resolve([]);
  const redis = {
    pipeline() {
      const commands: Command[] = [];
      const chain: Record<string, unknown> = {
        exec: () => {
          sent.push(commands);
          return answer();
        },
      };
      for (const name of ['lpush', 'ltrim', 'expire', 'hincrby', 'hset'])
        chain[name] = (...args: readonly unknown[]) => {
          commands.push([name, ...args]);
          return chain;
        };
      return chain;
    },
  } as unknown as Pick<Redis, 'pipeline'>;
  return { redis, sent, answerWith: (by: typeof answer) => (answer = by) };
}

const line = (more: Partial<RequestLine> = {}): RequestLine => ({
  method: 'POST',
  route: '/v1/orders',
  status: 202,
  durationMs: 1.26,
  requestId: 'r-1',
  store: 'S',
  keyId: 'k',
  problem: null,
  replayed: false,
  byCookie: false,
  fault: new Error('secret of an engine'),
  ...more,
});

const countsIn = (commands: readonly Command[] | undefined) =>
  Object.fromEntries(
    (commands ?? []).filter(([name]) => name === 'hincrby').map(([, , field, by]) => [field, by]),
  );

test('what came in a second is one pipeline: the lists, what was counted, whose key it was', async () => {
  const { redis, sent } = fakeRedis();
  const keeper = new RequestKeeper(redis, Date.now);
  keeper.tell(line());
  keeper.tell(line({ status: 422, problem: 'price-mismatch', requestId: 'r-2', keyId: 'k2' }));
  keeper.tell(line({ replayed: true, requestId: 'r-3' }));
  expect(sent).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent).toHaveLength(1);
  const [commands = []] = sent;
  const pushed = (which: 'served' | 'problems') =>
    commands
      .filter(([name, key]) => name === 'lpush' && key === requestKeys.last('S', which))
      .flatMap(([, , ...texts]) => texts.map((text) => JSON.parse(String(text)) as KeptRequest));
  expect(pushed('served').map(({ id, replayed, ms }) => [id, replayed, ms])).toEqual([
    ['r-1', false, 1.3],
    ['r-3', true, 1.3],
  ]);
  expect(pushed('problems').map(({ id, problem }) => [id, problem])).toEqual([['r-2', 'price-mismatch']]);
  expect(countsIn(commands)).toEqual({ served: 2, 'price-mismatch': 1 });
  const hour = requestKeys.hour('S', '2026-01-31T15');
  expect(commands.filter(([name]) => name === 'hincrby').map(([, key]) => key)).toEqual([hour, hour]);
  expect(commands.filter(([name]) => name === 'hset').map(([, , keyId]) => keyId)).toEqual(['k', 'k2']);
  expect(JSON.stringify(commands)).not.toContain('secret of an engine');
  await keeper.stop();
});

test('nobody’s requests and the dashboard’s own are not kept', async () => {
  const { redis, sent } = fakeRedis();
  const keeper = new RequestKeeper(redis, Date.now);
  keeper.tell(line({ store: null, keyId: null, status: 401, problem: 'unauthenticated' }));
  keeper.tell(line({ byCookie: true }));
  await keeper.stop();
  expect(sent).toEqual([]);
});

test('of a busy second a part is listed and all of it counted, and refusals have room of their own', async () => {
  const { redis, sent } = fakeRedis();
  const keeper = new RequestKeeper(redis, Date.now);
  for (let i = 0; i < 3_000; i += 1) keeper.tell(line());
  keeper.tell(line({ status: 429, problem: 'rate-limited' }));
  keeper.tell(line({ status: noAnswer }));
  await keeper.stop();
  const [commands = []] = sent;
  expect(countsIn(commands)).toEqual({ served: 3_000, 'rate-limited': 1, left: 1 });
  const lists = commands.filter(([name]) => name === 'lpush').map(([, , ...texts]) => texts.length);
  expect(lists).toEqual([50, 2]);
});

test('memory has an end, however many stores ask at once', async () => {
  const { redis, sent } = fakeRedis();
  const keeper = new RequestKeeper(redis, Date.now);
  for (let i = 0; i < 2_000; i += 1) keeper.tell(line({ store: `S${i}` }));
  await keeper.stop();
  const [commands = []] = sent;
  expect(commands.filter(([name]) => name === 'lpush')).toHaveLength(500);
  expect(commands.filter(([name]) => name === 'hincrby')).toHaveLength(2_000);
});

test('a flush that fails, and one that comes while another is under way, are counted as lost by the next', async () => {
  const { redis, sent, answerWith } = fakeRedis();
  const keeper = new RequestKeeper(redis, Date.now);
  answerWith(() => Promise.reject(new Error('redis is away')));
  keeper.tell(line());
  keeper.tell(line({ problem: 'not-found', status: 404 }));
  await keeper.flush();

  const under = Promise.withResolvers<[Error | null, unknown][]>();
  answerWith(() => under.promise);
  keeper.tell(line({ store: 'T' }));
  const writing = keeper.flush();
  keeper.tell(line());
  await keeper.flush();
  expect(sent).toHaveLength(2);
  under.resolve([]);
  await writing;

  answerWith(() => Promise.resolve([[new Error('OOM'), null]]));
  keeper.tell(line());
  await keeper.flush();
  answerWith(() => Promise.resolve([]));
  keeper.tell(line());
  await keeper.flush();
  expect(countsIn(sent.at(-1))).toEqual({ served: 1, lost: 4 });
  keeper.tell(line());
  await keeper.stop();
  expect(countsIn(sent.at(-1))).toEqual({ served: 1 });
});
