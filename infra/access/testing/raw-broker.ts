import { createRequire } from 'node:module';
import type { KafkaConnection } from '../../clients/kafkajs/hardened-kafkajs.ts';

/** What a test asks of a broker by hand, a request each. Every one resolves with the broker's error, or `ok`. */
export interface RawBroker {
  /** To a partition that is not there: the broker looks first whether we may, then whether it is. Nothing is written. */
  produce(topic: string): Promise<string>;
  fetch(topic: string): Promise<string>;
  /** A heartbeat of a member that is none. */
  beat(group: string): Promise<string>;
  deleteTopic(topic: string): Promise<string>;
  deleteRecords(topic: string): Promise<string>;
  addPartitions(topic: string): Promise<string>;
  /** Checked alone, not done. */
  alterTopic(topic: string): Promise<string>;
  createTopic(topic: string): Promise<string>;
  allow(principal: string, topic: string): Promise<string>;
  close(): Promise<void>;
}

type Ask = (request: object) => Promise<unknown>;
type Requests =
  | 'produce'
  | 'fetch'
  | 'heartbeat'
  | 'deleteTopics'
  | 'deleteRecords'
  | 'createPartitions'
  | 'alterConfigs'
  | 'createTopics'
  | 'createAcls';

interface Cluster {
  connect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  findControllerBroker(): Promise<Readonly<Record<Requests, Ask>>>;
  disconnect(): Promise<void>;
}

const require = createRequire(import.meta.url);
const noPartition = 9_999;

/** kafkajs's own requests below its clients, which would look up, retry and gather. Rejects unless we are let in. */
export async function openRawBroker(connection: KafkaConnection): Promise<RawBroker> {
  const ClusterClass = require('kafkajs/src/cluster/index.js') as new (options: object) => Cluster;
  const { createLogger } = require('kafkajs/src/loggers/index.js') as { createLogger: (o: object) => object };
  const socketFactory = (require('kafkajs/src/network/socketFactory.js') as () => object)();
  const { username, password, brokers, clientId } = connection;
  const cluster = new ClusterClass({
    logger: createLogger({ level: 0, logCreator: () => () => undefined }),
    socketFactory,
    brokers,
    clientId,
    ssl: {},
    sasl: { mechanism: 'scram-sha-512', username, password },
    connectionTimeout: 5_000,
    authenticationTimeout: 10_000,
    reauthenticationThreshold: 10_000,
    retry: { retries: 0 },
    allowAutoTopicCreation: false,
  });
  await cluster.connect();
  await cluster.refreshMetadata();
  const broker = await cluster.findControllerBroker();
  const ask = async (request: Requests, body: object): Promise<string> => {
    try {
      await broker[request](body);
      return 'ok';
    } catch (error) {
      return protocolErrorOf(error);
    }
  };
  return {
    produce: (topic) => {
      const messages = [{ key: Buffer.from('k'), value: Buffer.from('v'), timestamp: 0, headers: {} }];
      const partitions = [{ partition: noPartition, messages }];
      return ask('produce', { topicData: [{ topic, partitions }], acks: -1, timeout: 5_000 });
    },
    fetch: (topic) => {
      const partitions = [{ partition: noPartition, fetchOffset: '0', maxBytes: 1_000 }];
      return ask('fetch', { maxWaitTime: 1, topics: [{ topic, partitions }] });
    },
    beat: (groupId) => ask('heartbeat', { groupId, groupGenerationId: 1, memberId: 'nobody' }),
    deleteTopic: (topic) => ask('deleteTopics', { topics: [topic] }),
    deleteRecords: (topic) =>
      ask('deleteRecords', { topics: [{ topic, partitions: [{ partition: 0, offset: '-1' }] }] }),
    addPartitions: (topic) => ask('createPartitions', { topicPartitions: [{ topic, count: 50 }] }),
    alterTopic: (name) => {
      const configEntries = [{ name: 'retention.ms', value: '1' }];
      return ask('alterConfigs', { resources: [{ type: 2, name, configEntries }], validateOnly: true });
    },
    createTopic: (topic) =>
      ask('createTopics', {
        topics: [{ topic, numPartitions: 1, replicationFactor: 1 }],
        validateOnly: true,
      }),
    allow: (principal, resourceName) => {
      const to = { principal, host: '*', operation: 2, permissionType: 3 };
      return ask('createAcls', {
        acl: [{ ...to, resourceType: 2, resourceName, resourcePatternType: 3 }],
      });
    },
    close: () => cluster.disconnect(),
  };
}

/** The protocol's name of it, also where kafkajs gathers those of several topics or partitions. */
function protocolErrorOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const gathered =
    'errors' in error && Array.isArray(error.errors)
      ? (error.errors as unknown[])
      : 'partitions' in error && Array.isArray(error.partitions)
        ? (error.partitions as { error: unknown }[]).map((each) => each.error)
        : null;
  if (gathered !== null) return [...new Set(gathered.map(protocolErrorOf))].join(' ');
  return 'type' in error ? String(error.type) : error.message;
}
