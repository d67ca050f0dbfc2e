import { type KafkaSecurity, securitySettings } from './kafka-security.ts';

export interface BrokerPlace {
  readonly port: number;
  readonly controllerPort: number;
  readonly dataFolder: string;
  /** Absent: whoever reaches the port may do everything. */
  readonly security?: KafkaSecurity | undefined;
}

/** The local broker's settings (one KRaft node). Each differs from Kafka's default for the reason beside it. */
export function serverProperties({ port, controllerPort, dataFolder, security }: BrokerPlace): string {
  const listener = security === undefined ? 'PLAINTEXT' : 'SASL_SSL';
  const settings: readonly (readonly [string, string | number])[] = [
    ['process.roles', 'broker,controller'],
    ['node.id', 1],
    ['controller.quorum.bootstrap.servers', `127.0.0.1:${controllerPort}`],
    ['listeners', `${listener}://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`],
    ['advertised.listeners', `${listener}://127.0.0.1:${port}`],
    ['controller.listener.names', 'CONTROLLER'],
    ['log.dirs', dataFolder],
    ['auto.create.topics.enable', 'false'], // a typo must not become a topic
    ['group.initial.rebalance.delay.ms', 0], // first join in 10-60 ms instead of 3 s
    ['group.min.session.timeout.ms', 1000],
    ['offsets.topic.num.partitions', 4], // 50 by default
    ['offsets.topic.replication.factor', 1],
    ['transaction.state.log.replication.factor', 1],
    ['transaction.state.log.min.isr', 1],
    ['share.coordinator.state.topic.replication.factor', 1],
    ['share.coordinator.state.topic.min.isr', 1],
    ['default.replication.factor', 1],
    ['min.insync.replicas', 1],
    ['num.network.threads', 2],
    ['num.io.threads', 4],
    ['log.cleaner.dedupe.buffer.size', 16_777_216], // 128 MB by default, of a 512 MB heap
    // A broker that was killed is taken back when its old session has ended: 9 s by default.
    ['broker.session.timeout.ms', 5000],
    ['broker.heartbeat.interval.ms', 1000],
    ...(security === undefined ? [] : securitySettings(security)),
  ];
  return `${settings.map(([name, value]) => `${name}=${value}`).join('\n')}\n`;
}
