import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Arm } from './arm.ts';
import { startBenchProcess } from './engine-process.ts';
import { l0OrderEvents, l0PlaceOrder, type RecordSizes } from './l0-flow.ts';
import type { ViewUpdates } from './measure-view-updates.ts';
import { createOrderSource, type SagaLiteWorkload, sagaLitePartitions } from './workload.ts';

const engineFile = new URL('./l0-engine.ts', import.meta.url);

/**
 * The lower limit: bare kafkajs moving as many records, as large, over the same topics; with `updates` also L2, as many
 * keys written to Redis by pipelined HSETs, as large (performance.md §1). Sizes and updates come from Millrace.
 */
export function createL0Arm(workload: SagaLiteWorkload, sizes: RecordSizes, updates?: ViewUpdates): Arm {
  const order = createOrderSource(workload);
  const skusOf = (index: number): readonly string[] =>
    [...new Set(order(index).body.lines.map(({ sku }) => sku))].sort();
  const events = new Map<string, { seen: number; readonly index: number; readonly wanted: number }>();
  let wanted = 0;

  return {
    name: updates ? 'l0+l2' : 'l0',
    async prepare() {
      events.clear();
      wanted = 0;
    },
    start({ engines, pacing, shape }) {
      const file = path.join(engines.folder, 'sizes.json');
      writeFileSync(file, JSON.stringify({ sizes, updates: updates ?? null }));
      const parts = shape === 'shared' ? ['pipeline', 'readers'] : ['orders', 'stock', 'payments', 'readers'];
      return parts.map((part) =>
        startBenchProcess(
          part,
          engineFile,
          [
            engines.brokers,
            String(sagaLitePartitions),
            part,
            file,
            String(pacing.minBytes),
            String(pacing.waitMs),
          ],
          {
            NODE_ENV: 'production',
            MILLRACE_REDIS_URL: engines.environment['MILLRACE_REDIS_URL'] ?? '',
          },
        ),
      );
    },
    orderRecord(index) {
      const { orderId } = order(index).body;
      const skus = skusOf(index);
      events.set(orderId, { seen: 0, index, wanted: l0OrderEvents(skus.length) });
      wanted += l0OrderEvents(skus.length);
      return l0PlaceOrder(sizes, orderId, skus);
    },
    async confirmed({ log }) {
      const offsets = await log.offsetsOf('orders.events.v1');
      const appended = [...offsets.values()].reduce((sum, { end }) => sum + Number(end), 0);
      return appended >= wanted ? events.size : Math.floor((appended / wanted) * events.size);
    },
    confirmedBy(key) {
      const order_ = events.get(key);
      if (!order_) return null;
      order_.seen += 1;
      return order_.seen === order_.wanted ? order_.index : null;
    },
    async check({ log }) {
      const offsets = await log.offsetsOf('orders.events.v1');
      const appended = [...offsets.values()].reduce((sum, { end }) => sum + Number(end), 0);
      if (appended !== wanted) throw new Error(`L0 moved ${appended} order events, ${wanted} were to come`);
    },
  };
}
