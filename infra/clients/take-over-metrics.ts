import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client';

/** How often partitions came to this process, and how long it took (interface.md §4). */
export interface TakeOverMetrics {
  tookOver(durationMs: number): void;
}

/** `reader` is the role. Roles that share a process share a registry, so each metric is made once. */
export function createTakeOverMetrics(registry: Registry, reader: string): TakeOverMetrics {
  const registers = [registry];
  const labelNames = ['processor'];
  const once = <M>(name: string, make: (name: string) => M): M =>
    (registry.getSingleMetric(name) as M | undefined) ?? make(name);
  const total = once(
    'millrace_takeovers_total',
    (name) =>
      new Counter({ name, help: 'Partitions taken over; a steady rise is a storm', labelNames, registers }),
  );
  const last = once(
    'millrace_takeover_last_timestamp_seconds',
    (name) =>
      new Gauge({ name, help: 'When this process last took a partition over', labelNames, registers }),
  );
  const seconds = once(
    'millrace_takeover_duration_seconds',
    (name) =>
      new Histogram({
        name,
        help: 'From the assignment to the first new record',
        labelNames,
        buckets: [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
        registers,
      }),
  );
  return {
    tookOver(durationMs) {
      total.inc({ processor: reader });
      last.setToCurrentTime({ processor: reader });
      seconds.observe({ processor: reader }, durationMs / 1_000);
    },
  };
}
