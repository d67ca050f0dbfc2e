import { consumerGroups } from '../../schemas/consumer-groups.ts';
import {
  catalogueReactions,
  orderReactions,
  type Reaction,
  stockReactions,
} from '../../schemas/reactions.ts';
import {
  auditTopic,
  customersKeysTopic,
  inboxOf,
  journalOf,
  type ProcessorName,
  processorNames,
  quarantineOf,
  reconciliationsTopic,
  snapshotsOf,
  storesConfigTopic,
  topicCatalogue,
} from '../../schemas/topic-catalogue.ts';
import type { Principal } from './principals.ts';

/** What a principal may do in Kafka. A group that ends with `*` is a prefix; nobody may delete, alter or transact. */
export interface KafkaAccess {
  /** Topics it appends to. */
  readonly writes: readonly string[];
  /** Topics whose records it reads. */
  readonly reads: readonly string[];
  /** Groups it is a member of; a reader of positions of its own has one too, named after the client. */
  readonly joins: readonly string[];
  /** Groups it looks at and joins not. */
  readonly watches: readonly string[];
  /** It may create the topics of the catalogue. */
  readonly creates: boolean;
}

const nothing: KafkaAccess = { writes: [], reads: [], joins: [], watches: [], creates: false };
const inboxes = processorNames.map(inboxOf);
const journals = processorNames.map(journalOf);
const everyTopic = topicCatalogue.map(({ name }) => name);
const everyGroup = ['millrace.*'];

const reactions: Readonly<Record<ProcessorName, Readonly<Record<string, readonly Reaction[]>>>> = {
  orders: orderReactions,
  stock: stockReactions,
  catalogue: catalogueReactions,
};

/** It alone writes its journal, snapshots and quarantine; into its own inbox go its ticks, into others what it reacts. */
function processor(name: ProcessorName): KafkaAccess {
  const reacts = Object.values(reactions[name]).flatMap((each) => each.map(({ to }) => inboxOf(to)));
  return {
    ...nothing,
    writes: [...new Set([journalOf(name), snapshotsOf(name), quarantineOf(name), inboxOf(name), ...reacts])],
    reads: [inboxOf(name), journalOf(name), snapshotsOf(name)],
    joins: [consumerGroups[name], `${name}-*`],
  };
}

/**
 * Who does what in Kafka; whoever is not named does nothing there. Beside this each of them may look at the settings of
 * every topic, which each compares at its start (`check-topics.ts`).
 */
export const kafkaAccess: Partial<Readonly<Record<Principal, KafkaAccess>>> = {
  api: {
    ...nothing,
    writes: [...inboxes, customersKeysTopic, auditTopic],
    // the inboxes and journals for the lag it tells
    reads: [
      ...inboxes,
      ...journals,
      snapshotsOf('catalogue'),
      storesConfigTopic,
      customersKeysTopic,
      reconciliationsTopic,
      auditTopic,
    ],
    joins: ['api-*'],
    watches: everyGroup,
  },
  orders: processor('orders'),
  stock: processor('stock'),
  catalogue: processor('catalogue'),
  payments: {
    ...nothing,
    writes: [inboxOf('orders')],
    reads: [journalOf('orders'), customersKeysTopic],
    joins: [consumerGroups.payments, 'payments-*'],
  },
  views: {
    ...nothing,
    reads: [journalOf('orders'), journalOf('stock')],
    joins: [consumerGroups.views, `${consumerGroups.views}.*`], // one a generation
  },
  sink: { ...nothing, reads: [journalOf('orders'), journalOf('stock')], joins: [consumerGroups.sink] },
  deploy: {
    ...nothing,
    writes: [storesConfigTopic, auditTopic],
    reads: [storesConfigTopic],
    joins: ['millrace-deploy-*'],
    creates: true,
  },
  operator: {
    ...nothing,
    writes: [...inboxes, storesConfigTopic, customersKeysTopic, reconciliationsTopic, auditTopic],
    reads: everyTopic,
    joins: ['millrace-*'],
    watches: everyGroup,
  },
  auditor: { ...nothing, reads: everyTopic, joins: ['millrace-audit-*'], watches: everyGroup },
};
