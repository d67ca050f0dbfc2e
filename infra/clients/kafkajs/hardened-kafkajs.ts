import { createRequire } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';
import type * as Kafkajs from 'kafkajs';
import type { ClientLogger } from '../client-logger.ts';
import { LinkFault } from '../link-fault.ts';
import type { FetchHooks } from './fetch-pacing.ts';
import { createRecordDecoder, createRecordEncoder, groupMessages } from './record-codec.ts';

/**
 * kafkajs as the rest of this folder sees it: the one version we know, repaired (kafka.md §1, §8). It has had no
 * release since 2.2.4, so its repairs live here; a test holds that nothing outside this folder imports it.
 */
const require = createRequire(import.meta.url);

const knownVersion = '2.2.4';
const { version } = require('kafkajs/package.json') as { readonly version: string };
if (version !== knownVersion) {
  throw new Error(
    `kafkajs ${version} is installed, the repairs in infra/clients/kafkajs are for ${knownVersion}: ` +
      'read its source again, run the tests there, then name it here',
  );
}

// Its modules take these at load, so they are put in place before.
replaceModule('kafkajs/src/protocol/recordBatch/record/v0/index.js', createRecordEncoder);
replaceModule('kafkajs/src/protocol/recordBatch/record/v0/decoder.js', createRecordDecoder);
replaceModule('kafkajs/src/producer/groupMessagesPerPartition.js', () => groupMessages);

export const kafkajs = require('kafkajs') as typeof Kafkajs;

interface RequestQueue {
  readonly throttledUntil: number;
  readonly pending: readonly unknown[];
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(this: RequestQueue): void;
  scheduleCheckPendingRequests(this: RequestQueue): void;
}

interface ConsumerGroup {
  readonly assigners: readonly { readonly fetchHooks?: FetchHooks }[];
  maxWaitTime: number;
  minBytes: number;
  fetch: (this: ConsumerGroup, nodeId: string) => Promise<readonly unknown[]>;
  heartbeat: (this: ConsumerGroup, options: { readonly interval: number }) => Promise<void>;
}

interface Cluster {
  findGroupCoordinatorMetadata: (this: Cluster, group: object) => Promise<unknown>;
}

repairTimers(require('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue });
repairCoordinatorSearch(require('kafkajs/src/cluster/index.js') as { prototype: Cluster });
hookFetches(require('kafkajs/src/consumer/consumerGroup.js') as { prototype: ConsumerGroup });

function replaceModule<F extends (...args: never) => unknown>(
  path: string,
  replacement: (original: F) => F,
): void {
  const original = require(path) as F;
  const loaded = require.cache[require.resolve(path)];
  if (typeof original !== 'function' || !loaded)
    throw new Error(`kafkajs ${knownVersion} has no ${path} to replace`);
  loaded.exports = replacement(original);
}

/** The original arms a timer with a negative delay after every answer, for ever (tulios/kafkajs#1556, #1751). */
function repairTimers(queue: { prototype: RequestQueue }): void {
  demand(queue.prototype, ['scheduleCheckPendingRequests', 'checkPendingRequests']);
  queue.prototype.scheduleCheckPendingRequests = function scheduleOnlyWhatIsPending() {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
    const waitMs = Math.max(this.throttledUntil - Date.now(), 10);
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, waitMs);
  };
}

/**
 * A connection lost while the coordinator is asked for ends a consumer for good, though a broker that restarts is all
 * there was (tulios/kafkajs#1630): its reads stop for ever in a process that looks alive. Marked as what may pass, the
 * crash is followed by a restart.
 */
function repairCoordinatorSearch(cluster: { prototype: Cluster }): void {
  demand(cluster.prototype, ['findGroupCoordinatorMetadata']);
  const { findGroupCoordinatorMetadata } = cluster.prototype;
  cluster.prototype.findGroupCoordinatorMetadata = async function findAgainLater(group) {
    try {
      return await findGroupCoordinatorMetadata.call(this, group);
    } catch (error) {
      if (error instanceof Error && error.name === 'KafkaJSGroupCoordinatorNotFound')
        Object.assign(error, { retriable: true });
      throw error;
    }
  };
}

/**
 * kafkajs fixes the fetch's wait and size at creation. The assigner we hand it stands in its consumer group, so it
 * carries our hooks there; a group with another assigner is left as it was.
 */
function hookFetches(group: { prototype: ConsumerGroup }): void {
  demand(group.prototype, ['fetch', 'heartbeat']);
  const { fetch, heartbeat } = group.prototype;
  group.prototype.fetch = async function pacedFetch(nodeId) {
    const hooks = this.assigners[0]?.fetchHooks;
    if (!hooks) return fetch.call(this, nodeId);
    const pace = await hooks.beforeFetch();
    if (pace === 'nothing-to-fetch') return [];
    this.minBytes = pace.minBytes;
    this.maxWaitTime = pace.maxWaitMs;
    return fetch.call(this, nodeId);
  };
  group.prototype.heartbeat = async function observedHeartbeat(options) {
    try {
      await heartbeat.call(this, options);
    } catch (error) {
      if (losesPartitions.has(typeOf(error))) this.assigners[0]?.fetchHooks?.onRebalancing();
      throw error;
    }
  };
}

/** What a coordinator says to a member whose partitions are being shared out again, or already were. */
const losesPartitions: ReadonlySet<unknown> = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
]);

function demand(prototype: object, methods: readonly string[]): void {
  for (const method of methods) {
    if (typeof Reflect.get(prototype, method) !== 'function') {
      throw new Error(`kafkajs ${knownVersion} has no ${method} to repair: its files were changed`);
    }
  }
}

const typeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;

export interface KafkaConnection {
  /** `host:port` of the bootstrap brokers. */
  readonly brokers: readonly string[];
  /** Names the client in the broker's logs and quotas. */
  readonly clientId: string;
  readonly logger: ClientLogger;
  /** `host:port` that takes every connection, whatever the brokers advertise; null = straight to them. */
  readonly via?: string | null;
  /** Brokers are spoken to over TLS; authorities are Node's and those of NODE_EXTRA_CA_CERTS. */
  readonly tls?: boolean;
  /** SASL, SCRAM-SHA-512; empty or absent: none. */
  readonly username?: string;
  readonly password?: string;
}

export const requestTimeoutMs = 10_000;

/** One `Kafka` object a client: clients of one object share committed offsets (kafka.md §3). */
export function createKafka(connection: KafkaConnection, retries: number): Kafkajs.Kafka {
  return new kafkajs.Kafka({
    brokers: [...connection.brokers],
    clientId: connection.clientId,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: 5_000,
    retry: { retries, initialRetryTime: 100, maxRetryTime: 2_000 },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: logTo(connection.logger),
    ssl: connection.tls === true,
    ...saslOf(connection),
    ...socketsOf(connection.via ?? null),
  });
}

/** An admin client that was let in. Rejects with a LinkFault where no broker answers or the user is refused. */
export async function connectAdmin(connection: KafkaConnection, retries: number): Promise<Kafkajs.Admin> {
  const admin = createKafka(connection, retries).admin();
  try {
    await admin.connect();
    await admin.describeCluster(); // connecting alone asks nothing of a broker that wants a user
    return admin;
  } catch (error) {
    await admin.disconnect();
    const at = connection.brokers.join(',');
    throw new LinkFault({ engine: 'Kafka', at, username: connection.username }, error);
  }
}

function saslOf({ username, password }: KafkaConnection): { sasl?: Kafkajs.SASLOptions } {
  if (!username) return {};
  return { sasl: { mechanism: 'scram-sha-512', username, password: password ?? '' } };
}

function socketsOf(via: string | null): { socketFactory?: Kafkajs.ISocketFactory } {
  const [, host, port] = /^(.*):(\d+)$/.exec(via ?? '') ?? [];
  if (host === undefined) return {};
  return {
    socketFactory: ({ host: broker, ssl, onConnect }) => {
      const to = { host, port: Number(port) };
      if (!ssl) return net.connect(to, onConnect);
      return tls.connect({ ...to, ...ssl, ...(net.isIP(broker) ? {} : { servername: broker }) }, onConnect);
    },
  };
}

/** To a request given up before: every long poll after an outage leaves one. */
const lateAnswer = /^Response without match/;

/** kafkajs retries and reconnects by itself, so its `error` is our `warn`: what ends something comes as an event. */
function logTo(logger: ClientLogger): Kafkajs.logCreator {
  return () =>
    ({ namespace, log }) => {
      const fields = { client: `kafkajs ${namespace}`.trim(), groupId: log['groupId'] };
      logger[lateAnswer.test(log.message) ? 'debug' : 'warn'](fields, log.message);
    };
}
