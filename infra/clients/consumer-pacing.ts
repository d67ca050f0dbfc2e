import type { Config } from '../config/config.ts';
import type { Pacing } from './log.ts';

/**
 * How processors, the payments worker and the views gather records: latency for CPU, once a hop. A fetch round costs
 * 1 ms of consumer and 0.7 ms of broker however little it brings (performance.md §2, Pacing).
 */
export const consumerPacing = ({ fetchWaitMs }: Pick<Config, 'fetchWaitMs'>): Pacing => ({
  minBytes: 65_536,
  maxWaitMs: fetchWaitMs,
});
