import { cpus } from 'node:os';
import { createKafkajsLog } from '../../clients/kafkajs/kafkajs-log.ts';
import { createKafkajsLogReader } from '../../clients/kafkajs/kafkajs-log-reader.ts';
import { type LatencySummary, summarizeLatencies } from '../latency-histogram.ts';
import { processCpuUs, processRssBytes } from '../process-cpu.ts';
import type { Arm, Block } from './arm.ts';
import { silent, startBlockEngines } from './block-engines.ts';
import type { BenchProcess } from './engine-process.ts';
import { preload } from './preload.ts';
import { sagaLitePartitions } from './workload.ts';

export interface BlockOptions {
  readonly pacing: Block['pacing'];
  readonly shape: Block['shape'];
}

/** Microseconds of CPU an order, by process. */
export type CpuPerOrder = Readonly<Record<string, number>>;

export interface PreloadedResult {
  readonly orders: number;
  readonly seconds: number;
  readonly ordersPerSecond: number;
  readonly cpuUsPerOrder: CpuPerOrder;
  readonly rssMb: Readonly<Record<string, number>>;
}

export interface OpenLoopResult {
  readonly rate: number;
  readonly orders: number;
  readonly lateP99us: number;
  readonly latencyUs: LatencySummary;
  readonly cpuUsPerOrder: CpuPerOrder;
}

/** Fresh engines, one arm, one piece of work; the engines are stopped whatever happens. */
export async function withBlock<T>(
  arm: Arm,
  options: BlockOptions,
  work: (block: Block) => Promise<T>,
): Promise<T> {
  const engines = await startBlockEngines();
  const log = await createKafkajsLog({ brokers: [engines.brokers], clientId: 'bench', logger: silent });
  try {
    for (const topic of ['orders.commands.v1', 'orders.events.v1', 'stock.commands.v1'])
      await log.partitionsOf(topic);
    const block: Block = { engines, log, ...options };
    await arm.prepare(block);
    return await work(block);
  } finally {
    await log.close();
    await engines.stop();
  }
}

/** (a) Preloaded orders; the clock runs from the start of the processes to the last confirmation. */
export async function runPreloaded(arm: Arm, block: Block, orders: number): Promise<PreloadedResult> {
  await preload(block.log, generate(arm, orders));
  const broker = cpuOf([
    ['broker', block.engines.brokerPid],
    ['redis', block.engines.redisPid],
  ]);
  const before = broker();
  const startedMs = performance.now();
  const processes = arm.start(block);
  const own = cpuOf(processes.map(({ name, pid }) => [name, pid]));
  const doneMs = await untilConfirmed(arm, block, orders, processes);
  await settle();
  const seconds = (doneMs - startedMs) / 1_000;
  const cpu = perOrder({ ...own(), ...subtract(broker(), before) }, orders);
  const rssMb = Object.fromEntries(
    processes.map(({ name, pid }) => [name, Math.round(processRssBytes(pid) / 1_048_576)]),
  );
  await Promise.all(processes.map((running) => running.stop()));
  await arm.check(block, orders);
  return { orders, seconds, ordersPerSecond: orders / seconds, cpuUsPerOrder: cpu, rssMb };
}

/** (b) Open loop at `rate`: latency from the intended send time to the confirmation on the journal. */
export async function runOpenLoop(
  arm: Arm,
  block: Block,
  rate: number,
  warmUpS: number,
  seconds: number,
): Promise<OpenLoopResult> {
  const processes = arm.start(block);
  await Promise.all(processes.map(({ ready }) => ready));
  const cpu = cpuOf([
    ...processes.map(({ name, pid }): [string, number] => [name, pid]),
    ['broker', block.engines.brokerPid],
    ['redis', block.engines.redisPid],
  ]);
  const warm = Math.round(rate * warmUpS);
  const total = warm + Math.round(rate * seconds);
  const records = generate(arm, total);
  const latencies: number[] = [];
  const lateness: number[] = [];
  let confirmed = 0;
  const startMs = performance.now() + 500;
  const intendedMs = (index: number): number => startMs + (index * 1_000) / rate;
  const reader = await createKafkajsLogReader({
    brokers: [block.engines.brokers],
    clientId: 'bench-observer',
    logger: silent,
    topics: ['orders.events.v1'],
  });
  for (const [partition, { end }] of await block.log.offsetsOf('orders.events.v1')) {
    reader.read({ topic: 'orders.events.v1', partition }, end, {
      onFatal: (error) => process.stderr.write(`observer: ${error.message}\n`),
      onRecords(batch) {
        const now = performance.now();
        for (const { key, value } of batch) {
          const index = key && value ? arm.confirmedBy(key.toString(), value) : null;
          if (index === null) continue;
          confirmed += 1;
          if (index >= warm) latencies.push((now - intendedMs(index)) * 1_000);
        }
      },
    });
  }
  let before = cpu();
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startMs) * rate) / 1_000) + 1);
    if (due > sent) {
      const now = performance.now();
      if (sent < warm && due >= warm) before = cpu();
      if (sent >= warm) lateness.push((now - intendedMs(sent)) * 1_000);
      void preload(block.log, records.slice(sent, due)).catch((error: Error) =>
        process.stderr.write(`generator: ${error.message}\n`),
      );
      sent = due;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const deadline = Date.now() + 60_000;
  const isDone = (): boolean => confirmed >= total;
  while (!isDone() && Date.now() < deadline) await settle(50);
  const measured = total - warm;
  const used = perOrder(subtract(cpu(), before), measured);
  await reader.close();
  await Promise.all(processes.map((running) => running.stop()));
  if (confirmed !== total) throw new Error(`${arm.name}: ${confirmed} of ${total} orders confirmed`);
  return {
    rate,
    orders: measured,
    lateP99us: summarizeLatencies(lateness).p99,
    latencyUs: summarizeLatencies(latencies),
    cpuUsPerOrder: used,
  };
}

const generate = (arm: Arm, orders: number): ReturnType<Arm['orderRecord']>[] =>
  Array.from({ length: orders }, (_, index) => arm.orderRecord(index));

async function untilConfirmed(
  arm: Arm,
  block: Block,
  orders: number,
  processes: readonly BenchProcess[],
): Promise<number> {
  const deadline = performance.now() + 600_000;
  const ended = Promise.race(
    processes.map(({ ready }) => ready.then(() => new Promise<never>(() => undefined))),
  );
  ended.catch(() => undefined); // looked at below, each turn
  for (;;) {
    const confirmed = await Promise.race([arm.confirmed(block), ended]);
    if (confirmed >= orders) return performance.now();
    if (performance.now() > deadline)
      throw new Error(`${arm.name}: ${confirmed} of ${orders} orders confirmed in 600 s`);
    await settle(100);
  }
}

const settle = (ms = 1_000): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type CpuUs = Readonly<Record<string, number>>;

const cpuOf = (processes: readonly (readonly [string, number])[]) => (): CpuUs =>
  Object.fromEntries(processes.map(([name, pid]) => [name, processCpuUs(pid)]));

const subtract = (after: CpuUs, before: CpuUs): CpuUs =>
  Object.fromEntries(Object.entries(after).map(([name, us]) => [name, us - (before[name] ?? 0)]));

function perOrder(cpu: CpuUs, orders: number): CpuPerOrder {
  const each = Object.entries(cpu).map(([name, us]): [string, number] => [
    name,
    Math.round((us / orders) * 10) / 10,
  ]);
  const total = Math.round(each.reduce((sum, [, us]) => sum + us, 0) * 10) / 10;
  return Object.fromEntries([...each, ['total', total]]);
}

/** What a figure must name. */
export const environmentOf = ({ pacing, shape }: BlockOptions): Readonly<Record<string, unknown>> => ({
  cores: cpus().length,
  node: process.version,
  kafka: '4.3.1',
  heapMB: 512,
  durability: 'D0',
  partitions: sagaLitePartitions,
  ...pacing,
  shape,
});
