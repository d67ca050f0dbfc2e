import { ClickHouseError } from '@clickhouse/client';

/**
 * Errors that sending again cannot mend: the statement, the schema, the credentials or our own data are wrong.
 * Codes: ClickHouse `src/Common/ErrorCodes.cpp`. All others, a broken connection and a time-out too, leave the outcome
 * open or pass: the same block is sent again.
 */
const hopeless = new Set([
  '6', '16', '26', '27', '33', '36', '38', '42', '43', '44', '46', '47', '48', '50', '53', '60', '62', '69', '70', '73',
  '81', '115', '117', '164', '192', '193', '194', '349', '456', '457', '497', '516',
]);

/** True where the same statement may come through later. Anything that is no answer of ClickHouse's counts as an outage. */
export function mayPass(error: unknown): boolean {
  if (error instanceof ClickHouseError) return !hopeless.has(error.code);
  // Ours, thrown on purpose: damaged tables, values that do not fit, a rule of a newer build.
  return !(error instanceof RangeError || error instanceof TypeError || (error instanceof Error && error.name === 'LedgerDamaged'));
}

export interface RetryPort {
  /** Resolves after `delayMs`, or rejects when the sink is stopping. */
  pause(delayMs: number): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
  /** One failed attempt, for log and metrics. */
  onFailure(error: unknown, attempt: number): void;
}

const firstDelayMs = 200;
const delayMsMax = 10_000;

/** Up to twice as long each time, full jitter: many sinks must not come back in step. */
export const delayMsOf = (attempt: number, random: number): number =>
  Math.round(random * Math.min(delayMsMax, firstDelayMs * 2 ** Math.min(attempt, 10)));

/** Tries until it works; `attempt` counts from 1. Rejects with what sending again cannot mend, or when stopping. */
export async function untilItWorks<T>(port: RetryPort, work: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(attempt);
    } catch (error) {
      port.onFailure(error, attempt);
      if (!mayPass(error)) throw error;
      await port.pause(delayMsOf(attempt, port.random()));
    }
  }
}
