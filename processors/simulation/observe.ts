import type { ProcessorName } from '../../schemas/topic-catalogue.ts';
import type { RuntimeObserver } from '../runtime/observer.ts';
import type { SimProcess } from './sim-process.ts';
import type { SimWorld } from './sim-world.ts';

/** Notes what a run is to have reached, and what it must not come to: a page, a crash. */
export function observe(world: SimWorld, processor: ProcessorName, process: SimProcess): RuntimeObserver {
  const { reached } = world.scheduler;
  const at = (partition: number): string => `${process.name} ${processor}/${partition}`;
  return {
    sliceDone(partition, slice) {
      if (slice.records.length > 0) world.acknowledged.set(`${processor}/${partition}`, slice.lastSeq);
      if (slice.repeats > 0) reached.reach('repeat dropped');
      if (slice.quarantined.length > 0) reached.reach('command quarantined');
    },
    tookOver(partition, { events, resent, fromSeq }) {
      reached.reach('take-over');
      if (fromSeq > 0) reached.reach('take-over from a snapshot');
      if (resent > 0) reached.reach('messages resent');
      world.scheduler.note(() => `${at(partition)} taken over, ${events} events, ${resent} messages again`);
    },
    snapshot(partition, happened) {
      if (happened.is === 'taken') reached.reach('snapshot taken');
      world.scheduler.note(() => `${at(partition)} snapshot ${JSON.stringify(happened)}`);
    },
    sawVoidRecords(partition, count) {
      reached.reach('void records');
      world.scheduler.note(() => `${at(partition)} sees ${count} void records`);
    },
    appendUnknown: ({ topic, partition }, error) =>
      world.scheduler.note(
        () => `${process.name}: append to ${topic}/${partition} unknown: ${error.message}`,
      ),
    waiting: (partition, why) => world.scheduler.note(() => `${at(partition)} waits: ${why}`),
    lostOwnership(partition, why) {
      reached.reach('ownership lost');
      world.scheduler.note(() => `${at(partition)} lost: ${why}`);
    },
    page(partition, { kind, message }) {
      if (kind === 'clock-jump') reached.reach('clock jump waited out');
      else world.page(`${at(partition)}: ${message}`);
    },
    crashed: (error) => world.fail('crash', `${process.name} ${processor}: ${error.message}`),
  };
}
