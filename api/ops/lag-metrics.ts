import { Gauge, type Registry } from '@prometheus-io/client';
import type { GroupLag, PartitionLag } from '../../infra/clients/lag/partition-lag.ts';

interface Row {
  readonly group: string;
  readonly partition: PartitionLag;
}

/** `orders.events.v1` is folded by the view of orders. */
const viewOf = (topic: string): string => topic.split('.')[0] ?? topic;

/**
 * The lag of every group as gauges, looked at when they are scraped (interface.md §4). The API serves them, not the role
 * they speak of: a role that is dead or frozen says nothing. What is unknown is absent.
 */
export function createLagMetrics(registry: Registry, groupsNow: () => Promise<readonly GroupLag[]>): void {
  const rows = async (): Promise<readonly Row[]> => {
    const groups = await groupsNow().catch(() => []); // Kafka is away: absent, not a failed scrape
    return groups.flatMap(({ group, partitions }) => partitions.map((partition) => ({ group, partition })));
  };
  const gauge = (
    name: string,
    help: string,
    labelNames: readonly string[],
    set: (gauge: Gauge<string>, row: Row) => void,
  ): void => {
    const made = new Gauge({
      name: `millrace_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      async collect() {
        const now = await rows();
        this.reset();
        for (const row of now) set(this, row);
      },
    });
    void made;
  };
  const perPartition = (name: string, help: string, of: (lag: PartitionLag) => number | null): void =>
    gauge(name, help, ['group', 'topic', 'partition'], (to, { group, partition }) => {
      const value = of(partition);
      const { topic } = partition;
      if (value !== null) to.set({ group, topic, partition: String(partition.partition) }, value);
    });
  const perView = (name: string, help: string, of: (lag: PartitionLag) => number | null): void =>
    gauge(name, help, ['view', 'partition'], (to, { group, partition }) => {
      const value = group === 'views' ? of(partition) : null;
      const labels = { view: viewOf(partition.topic), partition: String(partition.partition) };
      if (value !== null) to.set(labels, value);
    });

  perPartition(
    'lag_records',
    'Records that wait, from the position inside the data',
    (lag) => lag.lagRecords,
  );
  perPartition(
    'lag_seconds',
    'Age of the oldest record that waits, 0 when none does',
    (lag) => lag.lagSeconds,
  );
  perPartition('partition_owned', '1 while a member of the group has the partition', (lag) =>
    lag.owner === null ? 0 : 1,
  );
  perView('view_position', 'Number of the last event folded into the view in Redis', (lag) =>
    lag.position === null ? null : Number(lag.position.split('.')[1]),
  );
  perView('view_staleness_seconds', 'Age of the last watermark folded', (lag) => lag.staleSeconds);
}
