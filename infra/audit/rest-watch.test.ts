import { expect, test } from 'vitest';
import type { JournalRecord } from './recording.ts';
import { RestWatch } from './rest-watch.ts';
import { createCleanRun } from './self-test/clean-run.ts';
import { createLifeRun } from './self-test/life/life-run.ts';
import type { MemoryRun } from './self-test/memory-recording.ts';

/** A watch that has read the run's logs to the end. */
function watchOf(run: MemoryRun): RestWatch {
  const watch = new RestWatch();
  for (const [task, records] of run.inboxes) {
    watch.addTask(task, 0);
    for (const record of records) watch.onInbox(task, record);
    const [processor, partition] = task.split('/') as ['orders', string];
    for (const record of run.journals.get(task) ?? []) watch.onJournal(processor, Number(partition), record);
  }
  return watch;
}

const endsOf = (run: MemoryRun): Map<string, number> =>
  new Map([...run.journals].map(([task, records]) => [task, (records.at(-1) as JournalRecord).offset]));

test('a run whose every command is decided, viewed and in the tables is at rest', () => {
  const run = createCleanRun();
  expect(watchOf(run).unrest(endsOf(run), { orders: run.positions })).toEqual([]);
});

test('a command nobody has decided is no rest, a tick is', () => {
  const run = createCleanRun();
  const inbox = run.inboxes.get('stock/0') ?? [];
  const [command, tick] = [inbox[0], inbox.at(-1)];
  if (!command || !tick) throw new Error('the clean run has stock commands');
  inbox.push({ ...tick, offset: inbox.length });
  expect(watchOf(run).unrest(endsOf(run), { orders: run.positions })).toEqual([]);
  inbox.push({ ...command, offset: inbox.length });
  expect(watchOf(run).unrest(endsOf(run), { orders: run.positions })).toEqual([
    `stock/0 has decided its inbox to offset ${inbox.length - 3}, a command stands at ${inbox.length - 1}`,
  ]);
});

test('a processor whose whole tail of ticks is undecided is not at rest', () => {
  const watch = new RestWatch();
  watch.addTask('catalogue/0', 5_000);
  expect(watch.unrest(new Map(), { orders: [] })).toEqual([
    'catalogue/0 has decided its inbox to offset -1, a command stands at 4999',
  ]);
});

test('an open order, a view and a sink that are behind are no rest', () => {
  const run = createCleanRun();
  const journal = run.journals.get('orders/0') ?? [];
  const last = journal.findLastIndex(
    ({ event }) => event?.body.type === 'OrderConfirmed' || event?.body.type === 'OrderClosed',
  );
  const ends = endsOf(run);
  const position = run.positions.map((of) => ({ ...of, offset: 3 }));
  run.journals.set('orders/0', journal.slice(0, last));
  const reasons = watchOf(run).unrest(new Map([...ends, ['orders/1', 2]]), { orders: position, stock: [] });
  expect(reasons.join('\n')).toMatch(/1 orders are open, for example o-/);
  expect(reasons.join('\n')).toMatch(/the view of orders\/1 stands at journal offset 2, an event at \d+/);
  expect(reasons.join('\n')).toMatch(/the sink stands at offset 3 of orders\/0, an event with rows at \d+/);
  expect(reasons.join('\n')).toMatch(/the sink stands at offset -1 of stock\/0, an event with rows at \d+/);
});

test('a refund the provider was asked for and has not answered is no rest, though its order ended long ago', () => {
  const run = createLifeRun();
  expect(watchOf(run).unrest(endsOf(run), { orders: run.positions })).toEqual([]);
  const journal = run.journals.get('orders/0') ?? [];
  const answer = journal.findLastIndex(({ event }) => event?.body.type === 'RefundRecorded');
  expect(answer).toBeGreaterThan(0);
  run.journals.set('orders/0', journal.slice(0, answer));
  expect(watchOf(run).unrest(endsOf(run), { orders: run.positions }).join('\n')).toMatch(
    /operations wait for the provider, for example o-.+:refund/,
  );
});

test('an order that waits for a person is at rest', () => {
  const run = createLifeRun();
  expect(watchOf(run).unrest(endsOf(run), { orders: run.positions })).toEqual([]);
  const bodies = [...run.journals].flatMap(([task, journal]) =>
    journal.flatMap(({ event }, at) => (event ? [{ task, at, body: event.body }] : [])),
  );
  const ended = new Set(
    bodies.flatMap(({ body }) =>
      body.type === 'OrderConfirmed' || body.type === 'OrderClosed' ? [body.orderId] : [],
    ),
  );
  const handed = bodies.findLast(({ body }) => body.type === 'PersonNeeded' && !ended.has(body.orderId));
  if (handed?.body.type !== 'PersonNeeded') throw new Error('an order of the run waits for a person');
  run.journals.set(handed.task, (run.journals.get(handed.task) ?? []).slice(0, handed.at));
  expect(watchOf(run).unrest(endsOf(run), { orders: run.positions })).toContain(
    `1 orders are open, for example ${handed.body.orderId}`,
  );
});

test('a sink that has not folded the last event of an order is no rest', () => {
  const run = createLifeRun();
  const journal = run.journals.get('orders/0') ?? [];
  const shipped = journal.findLast(({ event }) => event?.body.type === 'ShipmentRecorded')?.offset ?? 0;
  expect(shipped).toBeGreaterThan(0);
  run.journals.set('orders/0', journal.slice(0, shipped + 1));
  const behind = run.positions.map((of) => (of.partition === 0 ? { ...of, offset: shipped - 1 } : of));
  expect(watchOf(run).unrest(endsOf(run), { orders: behind })).toContain(
    `the sink stands at offset ${shipped - 1} of orders/0, an event with rows at ${shipped}`,
  );
});

test('a partition whose watermark is 20 s old is named, and that alone is no unrest', () => {
  const run = createCleanRun();
  const watch = watchOf(run);
  const lastMs = Math.max(
    ...[...run.journals.values()].flatMap((records) =>
      records.map(({ event }) => (event?.body.type === 'TimePassed' ? event.body.atMs : 0)),
    ),
  );
  expect(watch.stale(lastMs + 10_000)).toEqual([]);
  expect(watch.stale(lastMs + 20_000)).toContain('orders/1 had no watermark for 20 s');
  expect(watch.unrest(endsOf(run), { orders: run.positions })).toEqual([]);
});
