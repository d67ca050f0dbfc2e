import { Registry } from '@prometheus-io/client';
import { createRequestMetrics } from '../../api/http/request-metrics.ts';
import { createLagMetrics } from '../../api/ops/lag-metrics.ts';
import { createWebhookMetrics } from '../../api/webhooks/webhook-metrics.ts';
import { createProcessMetrics } from '../clients/process-metrics.ts';
import { createTakeOverMetrics } from '../clients/take-over-metrics.ts';
import { createRuntimeMetrics } from '../../processors/runtime/runtime-metrics.ts';
import { createSinkMetrics } from '../../sinks/clickhouse/sink-metrics.ts';
import { code, codes, markdownTable, page, type ReferencePage } from './markdown.ts';

/** Every file that makes metrics, with the function that registers them; a test finds others. */
export const metricSources: readonly {
  readonly file: string;
  readonly roles: string;
  readonly register: (registry: Registry) => unknown;
}[] = [
  { file: 'api/http/request-metrics.ts', roles: 'api', register: createRequestMetrics },
  {
    file: 'api/ops/lag-metrics.ts',
    roles: 'api, of every consumer group',
    register: (registry) => createLagMetrics(registry, () => Promise.resolve([])),
  },
  {
    file: 'api/webhooks/webhook-metrics.ts',
    roles: 'api, of payment providers',
    register: createWebhookMetrics,
  },
  {
    file: 'infra/clients/process-metrics.ts',
    roles: 'every role',
    register: (registry) => createProcessMetrics(registry, 'orders-1'),
  },
  {
    file: 'infra/clients/take-over-metrics.ts',
    roles: 'orders, stock, catalogue, payments, views, sink',
    register: (registry) => createTakeOverMetrics(registry, 'orders'),
  },
  {
    file: 'processors/runtime/runtime-metrics.ts',
    roles: 'orders, stock, catalogue',
    register: (registry) => createRuntimeMetrics(registry, 'orders'),
  },
  { file: 'sinks/clickhouse/sink-metrics.ts', roles: 'sink', register: createSinkMetrics },
];

interface Described {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

function metricsOf(register: (registry: Registry) => unknown): readonly Described[] {
  const registry = new Registry();
  register(registry);
  // the client's public type leaves out fields that every metric has
  return registry.getMetricsAsArray() as unknown as readonly Described[];
}

/** `metrics.md`: name, kind and labels of every metric, as the roles register them. */
export function metricsPage(): ReferencePage {
  const tables = metricSources.flatMap(({ file, roles, register }) => [
    `## ${roles}`,
    `Registered in ${code(file)}.`,
    markdownTable(
      ['Metric', 'Kind', 'Labels', 'Meaning'],
      metricsOf(register).map(({ name, type, labelNames, help }) => [
        code(name),
        type,
        codes(labelNames),
        help,
      ]),
    ),
  ]);
  return page('metrics.md', 'Metrics', 'the functions that register them', [
    'Each role serves them at `/metrics` of its `MILLRACE_METRICS_PORT`, beside `/livez`, `/readyz` and `/startupz`. No order, SKU or customer is a label.',
    ...tables,
  ]);
}
