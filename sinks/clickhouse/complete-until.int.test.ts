import { afterAll, beforeAll, expect, test } from 'vitest';
import { ordersStatement, ordersSums } from '../../api/analytics/orders-report.ts';
import { ordersQuery, salesQuery } from '../../api/analytics/report-query.ts';
import type { Report, ReportRow } from '../../api/analytics/report.ts';
import { runReport } from '../../api/analytics/run-report.ts';
import { salesStatement, salesSums } from '../../api/analytics/sales-report.ts';
import { seededRandom } from '../../infra/clients/seeded-random.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { createClickhouseLedger } from './clickhouse-ledger.ts';
import type { Ledger } from './ledger.ts';
import { createLedgerFold } from './ledger-fold.ts';
import {
  batchOf,
  createJournal,
  orderConfirmed,
  orderPlaced,
  type OrdersEvent,
  paymentCaptured,
  startMs,
} from './testing/journal.ts';
import { foldAll, forgetTokens } from './testing/ledger-world.ts';
import { type OwnEngine, startOwnEngine } from './testing/own-engine.ts';

// I-17: whatever an answer says of buckets before its complete_until stays so for ever.

let engine: OwnEngine;
beforeAll(async () => {
  engine = await startOwnEngine();
});
afterAll(() => engine.remove());

const partitions = 3;
const rule = { intervalMs: 15_000, rowsMax: 40 };
const minutes = 6;
const random = seededRandom(17);

/** A partition's journal: orders that are confirmed up to three minutes after they were placed; a tick each 5 s. */
function aJournal(partition: number): readonly OrdersEvent[] {
  const journal = createJournal(`w${partition}`);
  const open: { of: ReturnType<typeof orderPlaced>; placedAtMs: number; dueMs: number }[] = [];
  let nowMs = startMs;
  for (let step = 0; step < minutes * 12; step += 1) {
    if (random() < 0.8) {
      const of = orderPlaced(`${partition}-${step}`, [
        { sku: `S${step % 5}`, quantity: 1, unitMinor: 100 + step },
      ]);
      journal.add(of);
      open.push({ of, placedAtMs: nowMs, dueMs: nowMs + random() * 180_000 });
    }
    for (const order of open.filter(({ dueMs }) => dueMs <= nowMs)) {
      open.splice(open.indexOf(order), 1);
      journal.add(paymentCaptured(order.of));
      journal.add(orderConfirmed(order.of, order.placedAtMs));
    }
    nowMs = journal.wait(5_000);
    journal.tick();
  }
  return journal.events;
}

const range = { fromMs: Math.floor(startMs / 60_000) * 60_000, toMs: startMs + (minutes + 2) * 60_000 };

const sales = salesQuery.parse({ bucket: 'minute' });
const orders = ordersQuery.parse({});

function ask(report: 'sales' | 'orders'): Promise<Report> {
  const deps = { clickhouse: engine.client, partitions, nowMs: () => startMs };
  const span = { ...range, asOfMs: null };
  const common = {
    span,
    dimensions: ['currency'],
    tz: 'UTC',
    bucket: 'minute',
    hasWatermark: true,
    definitionVersion: 1,
    report,
  } as const;
  return report === 'sales'
    ? runReport(deps, {
        ...common,
        statement: salesStatement('demo', sales, 'UTC', span),
        sums: salesSums,
      })
    : runReport(deps, {
        ...common,
        statement: ordersStatement('demo', orders, 'UTC', span),
        sums: ordersSums(orders),
      });
}

const complete = ({ data }: Report): readonly ReportRow[] => data.filter((row) => row['partial'] === false);

/** The real ledger, which now and then fails before a call or loses its answer. */
function faulty(): Ledger {
  return new Proxy(createClickhouseLedger(engine.client), {
    get:
      (target, call: keyof Ledger) =>
      async (...args: unknown[]): Promise<unknown> => {
        const luck = random();
        if (luck < 0.04) throw new Error('connection refused');
        const answer = await (target[call] as (...args: unknown[]) => Promise<unknown>)(...args);
        if (luck > 0.96) throw new Error('socket hang up');
        return answer;
      },
  });
}

test('what a report says of buckets before complete_until never changes, over kills, lost answers and late orders', async () => {
  const journals = Array.from({ length: partitions }, (_, partition) => aJournal(partition));
  const samples: { readonly report: 'sales' | 'orders'; readonly answer: Report }[] = [];
  const over = new AbortController();
  let kills = 0;

  /** Sinks of one partition, one after the other: each reads some of the journal and is killed wherever it is. */
  const live = async (partition: number): Promise<void> => {
    const at = { topic: journalOf('orders'), partition };
    const events = journals[partition] ?? [];
    for (let known = 0; known < events.length; kills += 1) {
      const sink = createLedgerFold({ ledger: faulty(), rule });
      // as much of the journal as there is by now
      const until = Math.min(events.length, known + Math.ceil(random() * 60));
      try {
        const stored = await sink.position(at);
        await sink.apply(at, batchOf(events.slice(0, until), 'seq' in stored ? stored.seq : 0, at));
        known = until;
      } catch {
        // killed there
      }
    }
    await foldAll(createLedgerFold({ ledger: createClickhouseLedger(engine.client), rule }), events, at);
  };
  const sample = async (): Promise<void> => {
    while (!over.signal.aborted) {
      for (const report of ['sales', 'orders'] as const) samples.push({ report, answer: await ask(report) });
      if (samples.length === 20) await forgetTokens(engine.client);
    }
  };
  const sampling = sample();
  await Promise.all(journals.map((_, partition) => live(partition)));
  over.abort();
  await sampling;

  const final = { sales: await ask('sales'), orders: await ask('orders') };
  for (const { report, answer } of samples) {
    const until = answer.meta.complete_until;
    const said = complete(answer);
    if (until === null) expect(said).toEqual([]);
    const before = Math.floor(Date.parse(until ?? '1970') / 60_000) * 60_000;
    const same = final[report].data.filter((row) => Date.parse(String(row['bucket'])) < before);
    expect(said).toEqual(same.map((row) => ({ ...row, partial: false })));
  }
  const sizes = new Set(samples.map(({ answer }) => complete(answer).length));
  expect(kills).toBeGreaterThan(8);
  expect(sizes.size).toBeGreaterThan(3);
  expect(complete(final.sales).length).toBeGreaterThanOrEqual(minutes - 1);
});
