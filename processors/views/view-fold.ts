import type { JournalBatch, PositionedFold } from '../../infra/clients/journal-consumer.ts';
import type { TopicPartition } from '../../infra/clients/log.ts';
import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import { UnfoldableEvent } from './unfoldable-event.ts';
import { type ViewPosition, viewStart } from './batch-plan.ts';
import type { RedisView } from './redis-view.ts';

/** Partitions of one view as the journal consumer feeds them. What it remembers is only a copy of what Redis stores. */
export function createViewFold<B extends Body>(view: RedisView<EventEnvelope<B>>): PositionedFold<B> {
  const known = new Map<number, ViewPosition>();

  const read = async ({ partition }: TopicPartition): Promise<JournalPosition> => {
    const stored = await view.position(partition);
    known.set(partition, stored);
    return stored;
  };

  return {
    position: read,
    async apply(at, { events }: JournalBatch<B>) {
      const from = known.get(at.partition);
      if (!from) return read(at);
      const after = await view.apply(at.partition, from, events);
      if (after === 'moved') return read(at);
      known.set(at.partition, after);
      return after;
    },
    async onLineage({ partition }) {
      await view.wipe(partition, known.get(partition) ?? viewStart);
      return 'start-over';
    },
    isMendable: (error) => !(error instanceof UnfoldableEvent),
    onLost: ({ partition }) => void known.delete(partition),
  };
}
