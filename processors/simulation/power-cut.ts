import type { AnyEvent } from '../../infra/audit/recording.ts';
import { acceptJournalRecord, journalStart } from '../../schemas/accept-journal-record.ts';
import { inboxOf, journalOf, type ProcessorName, processorNames } from '../../schemas/topic-catalogue.ts';
import { calmLink } from './link.ts';
import type { SimWorld } from './sim-world.ts';

/**
 * A broker loses power and with it a tail that it had acknowledged: of a journal at least the last event that its owner
 * had checked, of an inbox at least its command. From then on its answers arrive: an owner whose answer is lost as well
 * appends again, and its second copy may stand just where the journal had ended, which the base offset cannot tell.
 * Its coordinator starts anew, so every member joins again.
 */
export function cutPower(world: SimWorld): void {
  const { scheduler, log, shape, groups } = world;
  const { faults } = scheduler.draws;
  const processor = faults.pick<ProcessorName>([processorNames[0], ...processorNames]);
  const partition = faults.below(shape.partitions);
  const last = lastAcknowledged(world, processor, partition);
  if (last === null) return;
  const isJournal = faults.chance(0.5);
  const end = isJournal ? last.offset : last.cause;
  const topic = isJournal ? journalOf(processor) : inboxOf(processor);
  log.loseTail({ topic, partition }, end);
  Object.assign(world.faults.log, { ...calmLink, torn: 0, rowMissing: 0 });
  scheduler.reached.reach('acknowledged tail lost');
  scheduler.note(() => `${topic}/${partition} loses everything from offset ${end} on`);
  for (const group of Object.values(groups)) group.rebalance();
}

/** The last event whose append its owner has checked, and its cause; null before the first. */
function lastAcknowledged(
  { codecs, log, acknowledged }: SimWorld,
  processor: ProcessorName,
  partition: number,
): { readonly offset: bigint; readonly cause: bigint } | null {
  const codec = codecs.journal<AnyEvent>(processor);
  const seq = acknowledged.get(`${processor}/${partition}`);
  let position = journalStart;
  for (const { offset, value } of log.all({ topic: journalOf(processor), partition })) {
    const decoded = codec.decode(value);
    if (decoded.is !== 'value') continue;
    const next = acceptJournalRecord(position, offset, decoded.value);
    if (next === null) continue;
    position = next;
    const { body, cause } = decoded.value;
    if (body.type !== 'Barrier' && next.seq === seq) return { offset, cause: BigInt(cause.offset) };
  }
  return null;
}
