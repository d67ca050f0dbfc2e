import { firstGeneration, type ViewGeneration } from './redis-keys.ts';
import type { ProcessorName } from './topic-catalogue.ts';

type Reader = ProcessorName | 'views' | 'sink' | 'payments';

/** The Kafka consumer group of each role: its members share out the role's partitions. Lag tools know them by name. */
export const consumerGroups: Readonly<Record<Reader, string>> = {
  orders: 'millrace.orders',
  stock: 'millrace.stock',
  catalogue: 'millrace.catalogue',
  payments: 'millrace.payments',
  views: 'millrace.views',
  sink: 'millrace.sink',
};

/** The group that writes one generation of the views: each has its own, for each stands elsewhere. */
export const viewsGroupOf = (generation: ViewGeneration): string =>
  generation === firstGeneration ? consumerGroups.views : `${consumerGroups.views}.${generation}`;
