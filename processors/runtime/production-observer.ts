import type { ClientLogger } from '../../infra/clients/client-logger.ts';
import type { RuntimeObserver } from './observer.ts';
import { parkedBehind } from './parked.ts';
import type { RuntimeMetrics } from './runtime-metrics.ts';

export interface ProductionObserving {
  readonly logger: ClientLogger;
  readonly metrics: RuntimeMetrics;
  /** For those who count and show take-overs of any role. */
  readonly onTookOver: (
    partition: number,
    took: { readonly durationMs: number; readonly recordsRead: number },
  ) => void;
  /** The process cannot go on; it is to end. */
  readonly onCrash: (error: Error) => void;
}

/** Log line and metric of each happening. Log fields are numbers, places and reasons, never a body. */
export function createProductionObserver({
  logger,
  metrics,
  onTookOver,
  onCrash,
}: ProductionObserving): RuntimeObserver {
  return {
    sliceDone(partition, slice, times) {
      metrics.sliceDone(times, slice.taken);
      if (slice.repeats > 0) metrics.repeats(slice.repeats);
      for (const reason of slice.quarantined) {
        metrics.quarantined(reason);
        logger.warn({ partition, reason }, 'inbox record quarantined');
      }
      for (const { command, reason } of slice.parked) {
        metrics.parked(reason === parkedBehind ? 'behind' : 'threw');
        if (reason !== parkedBehind)
          logger.error({ partition, command, reason, alarm: true }, 'command parked');
      }
    },
    tookOver(partition, took) {
      onTookOver(partition, took);
      logger.info({ partition, ...took }, 'partition taken over');
    },
    snapshot(partition, { is, ...details }) {
      metrics.snapshot(is);
      if (is === 'taken') logger.info({ partition, ...details }, 'snapshot taken');
      else logger.warn({ partition, ...details }, `snapshot ${is}`);
    },
    sawVoidRecords(partition, count) {
      metrics.voidRecords(partition, count);
      logger.info({ partition, count }, 'void records in the journal');
    },
    appendUnknown({ topic, partition, records }, error, times) {
      metrics.unknownAppend(topic);
      const fields = { topic, partition, records: records.length, times, error: error.message };
      logger.warn(fields, 'outcome of an append is not known, the same bytes go again');
    },
    waiting: (partition, why) => logger.warn({ partition, why }, 'partition waits'),
    lostOwnership: (partition, why) => logger.warn({ partition, why }, 'partition lost, joining again'),
    page(partition, { kind, message }) {
      metrics.alarm(partition, kind);
      logger.error({ partition, kind, alarm: true }, message);
    },
    crashed(error) {
      logger.error({ error: error.message, alarm: true }, 'the member cannot go on');
      onCrash(error);
    },
  };
}
