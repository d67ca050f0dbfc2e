import { Gauge, type Registry } from '@prometheus-io/client';

/** When this process began: the value changes at each restart of its slot, so `changes()` counts restarts. */
export function createProcessMetrics(registry: Registry, instance: string): void {
  const started = new Gauge({
    name: 'millrace_process_start_time_seconds',
    help: 'When the process of this slot began; it changes with each restart',
    labelNames: ['instance'],
    registers: [registry],
  });
  started.set({ instance }, Math.round(performance.timeOrigin) / 1_000);
}
