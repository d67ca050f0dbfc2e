import { Counter, Histogram, type Registry } from '@prometheus-io/client';
import type { ProcessorName } from '../../schemas/topic-catalogue.ts';
import type { SnapshotHappening } from './observer.ts';

/** A processor's metrics (interface.md §3). Roles in one process share a registry, so each is made once. */
export interface RuntimeMetrics {
  sliceDone(stages: { readonly decideMs: number; readonly appendMs: number }, records: number): void;
  repeats(count: number): void;
  quarantined(reason: string): void;
  parked(reason: 'threw' | 'behind'): void;
  snapshot(outcome: SnapshotHappening['is']): void;
  voidRecords(partition: number, count: number): void;
  unknownAppend(topic: string): void;
  alarm(partition: number, kind: string): void;
}

export function createRuntimeMetrics(registers: Registry, processor: ProcessorName): RuntimeMetrics {
  const once = <M>(name: string, make: (name: string) => M): M =>
    (registers.getSingleMetric(`millrace_${name}`) as M | undefined) ?? make(`millrace_${name}`);
  const counter = (name: string, help: string, labelNames: readonly string[]): Counter<string> =>
    once(
      name,
      (full) => new Counter({ name: full, help, labelNames: [...labelNames], registers: [registers] }),
    );
  const histogram = (
    name: string,
    help: string,
    labelNames: readonly string[],
    buckets: number[],
  ): Histogram<string> =>
    once(
      name,
      (full) =>
        new Histogram({ name: full, help, labelNames: [...labelNames], buckets, registers: [registers] }),
    );

  const sliceRecords = histogram(
    'slice_records',
    'Inbox records taken by a slice',
    ['processor'],
    [1, 5, 20, 50, 100, 200, 500, 1_000],
  );
  const sliceDuration = histogram(
    'slice_duration_seconds',
    'Time of a slice: decide (synchronous), append (until its answer is checked)',
    ['processor', 'stage'],
    [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
  );
  const snapshots = counter(
    'snapshots_total',
    'Snapshots: taken, failed (given up while being written), unusable (passed over by a take-over)',
    ['processor', 'outcome'],
  );
  const voidRecords = counter('journal_void_records_total', 'Journal records that count for nobody', [
    'processor',
    'partition',
  ]);
  const repeats = counter('repeats_total', 'Known repeats dropped', ['processor']);
  const quarantined = counter('quarantined_total', 'Unreadable inbox records', ['processor', 'reason']);
  const parked = counter('parked_commands_total', 'Commands parked, for a person to redrive', [
    'processor',
    'reason',
  ]);
  const unknownAppends = counter('unknown_appends_total', 'Appends whose outcome was not known', [
    'processor',
    'topic',
  ]);
  const alarms = counter('partition_alarms_total', 'Partitions that stopped or wait for a person', [
    'processor',
    'partition',
    'kind',
  ]);
  return {
    sliceDone({ decideMs, appendMs }, records) {
      sliceRecords.observe({ processor }, records);
      sliceDuration.observe({ processor, stage: 'decide' }, decideMs / 1_000);
      sliceDuration.observe({ processor, stage: 'append' }, appendMs / 1_000);
    },
    repeats: (count) => repeats.inc({ processor }, count),
    quarantined: (reason) => quarantined.inc({ processor, reason }),
    parked: (reason) => parked.inc({ processor, reason }),
    snapshot: (outcome) => snapshots.inc({ processor, outcome }),
    voidRecords: (partition, count) => voidRecords.inc({ processor, partition: String(partition) }, count),
    unknownAppend: (topic) => unknownAppends.inc({ processor, topic }),
    alarm: (partition, kind) => alarms.inc({ processor, partition: String(partition), kind }),
  };
}
