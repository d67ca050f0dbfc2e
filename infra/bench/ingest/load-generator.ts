import { summarizeLatencies } from '../latency-histogram.ts';
import { HttpConnection, type Outcome } from './http-connection.ts';
import type { LoadOrder, LoadResult, SecondOfLoad } from './load.ts';
import { orderBodies, orderRequest } from './order-workload.ts';

/**
 * `node load-generator.ts`: a process of its own that posts orders as it is told (`LoadOrder`) and sends what came of
 * them (`LoadResult`). Closed: each connection sends its next order at its answer. Open: at a rate, whatever the answers
 * do; latency runs from the intended time.
 */
const requestTimeoutMs = 30_000;
const bodies = orderBodies(1);
let sentInAll = 0;

/** Counts of one load, whole and second by second. */
class Counts {
  readonly statuses: Record<string, number> = {};
  readonly seconds: { ok: number; other: number; readonly latenciesUs: number[] }[] = [];
  readonly latenciesUs: number[] = [];
  readonly refusedUs: number[] = [];
  readonly latenessUs: number[] = [];
  notSent = 0;

  /** `latencyUs` from when it was due, `tookUs` from when it was sent. */
  add(outcome: Outcome, second: number, latencyUs: number, tookUs: number): void {
    this.statuses[outcome] = (this.statuses[outcome] ?? 0) + 1;
    const of = (this.seconds[second] ??= { ok: 0, other: 0, latenciesUs: [] });
    if (outcome === 202) {
      of.ok += 1;
      of.latenciesUs.push(latencyUs);
      this.latenciesUs.push(latencyUs);
    } else of.other += 1;
    if (outcome === 503) this.refusedUs.push(tookUs);
  }

  told(order: LoadOrder): LoadResult {
    const perSecond: SecondOfLoad[] = Array.from({ length: order.seconds }, (_, i) => {
      const { ok = 0, other = 0, latenciesUs = [] } = this.seconds[i] ?? {};
      return { ok, other, p99Us: summarizeLatencies(latenciesUs).p99 };
    });
    const ok = perSecond.reduce((sum, second) => sum + second.ok, 0);
    return {
      okPerSecond: ok / order.seconds,
      statuses: this.statuses,
      notSent: this.notSent,
      latencyUs: summarizeLatencies(this.latenciesUs),
      refusedUs: summarizeLatencies(this.refusedUs),
      latenessP99Us: summarizeLatencies(this.latenessUs).p99,
      perSecond,
    };
  }
}

const nextRequest = (order: LoadOrder): string => {
  const n = sentInAll;
  sentInAll += 1;
  return orderRequest(order.credential, `${process.pid}`, n, bodies[n % bodies.length] ?? '');
};

/** From where on outcomes count, and in which second an instant lies; before it the process is warming up. */
function clockOf(order: LoadOrder) {
  const startMs = performance.now() + order.warmUpS * 1_000;
  const endMs = startMs + order.seconds * 1_000;
  const secondOf = (atMs: number): number => Math.floor((atMs - startMs) / 1_000);
  return { startMs, endMs, secondOf, counts: (atMs: number): boolean => atMs >= startMs && atMs < endMs };
}

async function closedLoop(order: LoadOrder): Promise<LoadResult> {
  const counts = new Counts();
  const clock = clockOf(order);
  const onMeasured = setTimeout(() => process.send?.('measured-from-here'), order.warmUpS * 1_000);
  await Promise.all(
    Array.from({ length: order.connections }, async () => {
      const connection = new HttpConnection(order.port, requestTimeoutMs);
      while (performance.now() < clock.endMs) {
        const sentMs = performance.now();
        const outcome = await new Promise<Outcome>((settle) => connection.send(nextRequest(order), settle));
        const nowMs = performance.now();
        const tookUs = (nowMs - sentMs) * 1_000;
        if (clock.counts(nowMs)) counts.add(outcome, clock.secondOf(nowMs), tookUs, tookUs);
        if (outcome === 'reset') await new Promise((resolve) => setTimeout(resolve, 10));
      }
      connection.close();
    }),
  );
  clearTimeout(onMeasured);
  return counts.told(order);
}

async function openLoop(order: LoadOrder): Promise<LoadResult> {
  const counts = new Counts();
  const clock = clockOf(order);
  const onMeasured = setTimeout(() => process.send?.('measured-from-here'), order.warmUpS * 1_000);
  const firstMs = clock.startMs - order.warmUpS * 1_000;
  const total = Math.round((order.warmUpS + order.seconds) * order.rate);
  const free: HttpConnection[] = [];
  const all: HttpConnection[] = [];
  const busy = new Set<HttpConnection>();
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - firstMs) * order.rate) / 1_000) + 1);
    for (; sent < due; sent += 1) {
      const intendedMs = firstMs + (sent * 1_000) / order.rate;
      let connection = free.pop();
      if (!connection && all.length < order.connections) {
        connection = new HttpConnection(order.port, requestTimeoutMs);
        all.push(connection);
      }
      if (!connection) {
        if (clock.counts(intendedMs)) counts.notSent += 1;
        continue;
      }
      const used = connection;
      busy.add(used);
      const sentMs = performance.now();
      if (clock.counts(intendedMs)) counts.latenessUs.push((sentMs - intendedMs) * 1_000);
      used.send(nextRequest(order), (outcome) => {
        const nowMs = performance.now();
        busy.delete(used);
        free.push(used);
        // by the time it was due: an answer that comes late is late in its own second
        if (clock.counts(intendedMs))
          counts.add(
            outcome,
            clock.secondOf(intendedMs),
            (nowMs - intendedMs) * 1_000,
            (nowMs - sentMs) * 1_000,
          );
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const patienceEndMs = performance.now() + requestTimeoutMs + 1_000;
  while (busy.size > 0 && performance.now() < patienceEndMs)
    await new Promise((resolve) => setTimeout(resolve, 20));
  for (const connection of all) connection.close();
  clearTimeout(onMeasured);
  return counts.told(order);
}

process.on('message', (order: LoadOrder) => {
  const load = order.rate === 0 ? closedLoop(order) : openLoop(order);
  void load.then((result) => process.send?.(result));
});
process.once('disconnect', () => process.exit(0));
process.send?.('ready');
