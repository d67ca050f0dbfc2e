import type { PositionedFold } from '../../infra/clients/journal-consumer.ts';
import type { TopicPartition } from '../../infra/clients/log.ts';
import { journalStart } from '../../schemas/accept-journal-record.ts';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import type { PaymentsWorker } from './worker.ts';

/**
 * The payments worker as the journal consumer feeds it. It keeps no position of its own: it starts at the group's
 * committed offset, which stands behind a valid record, at or below the oldest unreported operation.
 */
export function createWorkerFold(
  worker: PaymentsWorker,
  committed: (at: TopicPartition) => Promise<bigint | null>,
): PositionedFold<EventBody> {
  /** Partitions whose committed offset is not one of this journal: it is only a hint, so they are read whole. */
  const misled = new Set<number>();
  return {
    async position(at) {
      const next = misled.has(at.partition) ? null : await committed(at);
      worker.begin(at.partition);
      return next === null || next <= 0n ? journalStart : { offset: next - 1n, isValid: true };
    },
    async apply({ partition }, { from, to, events }) {
      let before = from;
      const records = events.map(({ position, event }) => {
        const record = { before, position, event };
        before = position;
        return record;
      });
      worker.take(partition, records);
      await worker.room(partition);
      return to;
    },
    onLineage({ partition }) {
      misled.add(partition);
      return Promise.resolve('start-over');
    },
    onCaughtUp: ({ partition }) => worker.caughtUp(partition),
    onLost: ({ partition }) => worker.end(partition),
  };
}
