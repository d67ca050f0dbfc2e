import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Told, watch as watchOf } from './live-stream.ts';

/** A browser's EventSource, whose connection does what the test says. */
class FakeSource extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static all: FakeSource[] = [];
  readyState: number = FakeSource.CONNECTING;
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
    FakeSource.all.push(this);
  }

  close(): void {
    this.readyState = FakeSource.CLOSED;
  }

  /** The server has answered. */
  opens(): void {
    this.readyState = FakeSource.OPEN;
    this.dispatchEvent(new Event('open'));
  }

  breaks(): void {
    this.readyState = FakeSource.CONNECTING; // a browser connects again by itself
    this.dispatchEvent(new Event('error'));
  }

  says(type: 'message' | 'alive' | 'problem', data: unknown): void {
    this.dispatchEvent(Object.assign(new Event(type), { data: JSON.stringify(data) }));
  }
}

const createPage = () => Object.assign(new EventTarget(), { hidden: false });
let page: ReturnType<typeof createPage>;
let watch: typeof watchOf;

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.parse('2026-11-22T10:00:00Z') });
  FakeSource.all = [];
  page = createPage();
  vi.stubGlobal('EventSource', FakeSource);
  vi.stubGlobal('document', page);
  vi.stubGlobal('fetch', async () => Response.json({})); // the session stands
  vi.resetModules(); // a page that was just loaded
  ({ watch } = await import('./live-stream.ts'));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const hide = (hidden: boolean): void => {
  page.hidden = hidden;
  page.dispatchEvent(new Event('visibilitychange'));
};
/** Lets what was put off to the end of the turn happen. */
const turn = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1);
const nth = (place: number): FakeSource => {
  const one = FakeSource.all[place];
  if (!one) throw new Error(`the page opened ${FakeSource.all.length} streams, not ${place + 1}`);
  return one;
};
/** Streams that hold a connection, by their place in the order they were opened. */
const held = (): number[] =>
  FakeSource.all.flatMap(({ readyState }, place) => (readyState === FakeSource.CLOSED ? [] : [place]));
const nobody = (): void => undefined;

/** A page that watches `/a` over an open stream, and `/b` over one that has not opened yet. */
async function halfSwitched() {
  const leaveA = watch('/a', nobody);
  await turn();
  nth(0).opens();
  const leaveB = watch('/b', nobody);
  await turn();
  expect(held()).toEqual([0, 1]);
  return { leaveA, leaveB };
}

test('the stream before goes on until the new one is there', async () => {
  await halfSwitched();
  nth(1).opens();
  expect(held()).toEqual([1]);
});

test('the stream before ends with a new one that fails', async () => {
  await halfSwitched();
  nth(1).breaks();
  expect(held()).toEqual([]);
});

test('a stream before that breaks is not connected again by the browser', async () => {
  await halfSwitched();
  nth(0).breaks();
  expect(held()).toEqual([1]);
});

test('paths that change before the new stream is there leave one connection', async () => {
  await halfSwitched();
  watch('/c', nobody);
  await turn();
  expect(held()).toEqual([2]);
  nth(2).opens();
  expect(held()).toEqual([2]);
});

test('a page that is hidden before the new stream is there holds no connection', async () => {
  await halfSwitched();
  hide(true);
  expect(held()).toEqual([]);
});

test('a page that nobody watches any more, as after a sign-out, holds no connection', async () => {
  const { leaveA, leaveB } = await halfSwitched();
  leaveA();
  leaveB();
  await turn();
  expect(held()).toEqual([]);
});

const minuteMs = 60_000;
const alive = () => ({ at: new Date().toISOString() });

/** A page that watches `/a` over an open stream, and what its watcher was told. */
async function watching() {
  const told: Told[] = [];
  watch('/a', (news) => told.push(news));
  await turn();
  nth(0).opens();
  nth(0).says('alive', alive());
  nth(0).says('message', { watch: 0, body: { n: 1 } });
  expect(told.at(-1)).toEqual({ answer: { n: 1 }, problem: null, ageS: 0 });
  return told;
}

test('a stream that never opens is given up, told, and opened anew', async () => {
  const told: Told[] = [];
  watch('/a', (news) => told.push(news));
  await turn();
  await vi.advanceTimersByTimeAsync(minuteMs);
  expect(told).toMatchObject([{ problem: { title: 'The live stream broke' } }]);
  expect(held()).toEqual([1]);
});

test('a stream that was there and falls silent is given up, told, and opened anew', async () => {
  const told = await watching();
  await vi.advanceTimersByTimeAsync(minuteMs);
  expect(told.at(-1)).toMatchObject({ problem: { title: 'The live stream broke' } });
  expect(held()).toEqual([1]);
});

test('a sign of life makes what this stream told the newest there is', async () => {
  const told = await watching();
  await vi.advanceTimersByTimeAsync(15_000);
  nth(0).says('alive', alive());
  expect(told.at(-1)).toEqual({ problem: null, ageS: 0 });
});

test('figures of a page that was hidden are as old as they are until they are told anew', async () => {
  const told = await watching();
  hide(true);
  await vi.advanceTimersByTimeAsync(60 * minuteMs);
  hide(false);
  expect(told.at(-1)).toEqual({ problem: null, ageS: 3600 });
  nth(1).opens();
  nth(1).says('alive', alive());
  await vi.advanceTimersByTimeAsync(15_000);
  nth(1).says('alive', alive()); // the report is slow
  expect(told.at(-1)).toEqual({ problem: null, ageS: 3615 });
  nth(1).says('message', { watch: 0, body: { n: 2 } });
  expect(told.at(-1)).toEqual({ answer: { n: 2 }, problem: null, ageS: 0 });
});

test('what the stream before told was the newest up to the change', async () => {
  const told = await watching();
  await vi.advanceTimersByTimeAsync(10_000);
  watch('/b', nobody);
  await turn();
  nth(1).opens();
  nth(1).says('alive', alive());
  expect(told.at(-1)).toEqual({ problem: null, ageS: 0 });
  await vi.advanceTimersByTimeAsync(15_000);
  nth(1).says('alive', alive());
  expect(told.at(-1)).toEqual({ problem: null, ageS: 15 });
});
