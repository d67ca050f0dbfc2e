import { Counter, Histogram, type Registry } from '@prometheus-io/client';
import { noAnswer, type RequestLine } from './create-app.ts';

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts and times finished requests by route pattern, method and status (interface §4). */
export function createRequestMetrics(registry: Registry): (line: RequestLine) => void {
  const labelNames = ['route', 'method', 'status'] as const;
  const total = new Counter({
    name: 'millrace_http_requests_total',
    help: `Requests; status ${noAnswer}: the caller left before an answer began`,
    labelNames,
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'millrace_http_request_duration_seconds',
    help: 'From the head of a request to the end of its answer',
    labelNames,
    buckets,
    registers: [registry],
  });
  return ({ route, method, status, durationMs }) => {
    const labels = { route, method, status: String(status) };
    total.inc(labels);
    seconds.observe(labels, durationMs / 1_000);
  };
}
