import { randomUUID } from 'node:crypto';
import { auditHashOf, chainStart } from '../../schemas/audit-chain.ts';
import type { AuditRecord, PrivilegedEffect } from '../../schemas/generated/ops-audit.ts';
import { auditTopic } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { ClientLogger } from './client-logger.ts';
import { createKafkajsLog } from './kafkajs/kafkajs-log.ts';
import { kafkaLink, type LinkConfig, registryLink } from './links.ts';
import type { Log } from './log.ts';
import { connectSchemaRegistry } from './schema-registry.ts';

/** What somebody privileged is about to do. `effectId` is what the effect carries: its commandId, else its requestId. */
export type Announcement = Omit<PrivilegedEffect, 'type'> & {
  /** The id of an API key, or `operatorActor(name)`. */
  readonly actor: string;
  /** Of the HTTP request; absent where there is none. */
  readonly requestId?: string | null;
};

/** Announcements that may wait behind each other, and how long before one is told no, ms. */
const waitingMax = 100;
const waitMsMax = 5_000;

/** The record is not known to stand in the log: the effect must not be sent. */
export class AuditUnavailable extends Error {
  override readonly name = 'AuditUnavailable';
}

export interface AuditLogParts {
  readonly log: Pick<Log, 'append'>;
  readonly codec: TopicCodec<AuditRecord>;
  readonly nowMs: () => number;
}

interface Chain {
  readonly writer: string;
  readonly seq: number;
  readonly hash: string;
}

/**
 * Writes `ops.audit.v1`: one record before each privileged effect, in a hash chain of this writer (decision 0037). Every
 * caller of a privileged effect calls `announce` first and sends nothing when it rejects.
 */
export class AuditLog {
  readonly #parts: AuditLogParts;
  #chain: Chain | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(parts: AuditLogParts) {
    this.#parts = parts;
  }

  /** Resolves once the record is acknowledged; rejects with AuditUnavailable where it is not known to be. One at a time. */
  announce(effect: Announcement): Promise<void> {
    if (this.#waiting >= waitingMax) return Promise.reject(tooLate(effect));
    const askedAtMs = performance.now();
    this.#waiting += 1;
    const appended = this.#last.then(() => {
      this.#waiting -= 1;
      if (performance.now() - askedAtMs > waitMsMax) throw tooLate(effect);
      return this.#append(effect);
    });
    this.#last = appended.catch(() => undefined);
    return appended;
  }

  async #append({ actor, requestId = null, ...effect }: Announcement): Promise<void> {
    const { log, codec, nowMs } = this.#parts;
    const before = this.#chain ?? { writer: randomUUID(), seq: 0, hash: chainStart };
    // A record whose fate is unknown may be the end of its chain or not: either way nothing is written behind it.
    this.#chain = null;
    const { writer, hash: prev } = before;
    const body = { type: 'PrivilegedEffect', ...effect } as const;
    const unhashed = { writer, seq: before.seq + 1, prev, atMs: nowMs(), actor, requestId, body };
    const hash = auditHashOf(unhashed);
    const records = [{ key: actor, value: codec.encode({ ...unhashed, hash }) }];
    const [outcome] = await log.append([{ topic: auditTopic, partition: 0, records }]);
    if (outcome?.is !== 'appended') {
      throw new AuditUnavailable(
        `${auditTopic} did not acknowledge the record of ${effect.what} on ${effect.target}, so it was not done: ` +
          'see that Kafka runs and the deploy step has made the topic, then do it again',
        { cause: outcome?.error },
      );
    }
    this.#chain = { writer, seq: unhashed.seq, hash };
  }
}

const tooLate = ({ what, target }: Announcement): AuditUnavailable =>
  new AuditUnavailable(
    `${auditTopic} has too many records before the one of ${what} on ${target}, so it was not done: ` +
      `at most ${waitingMax} wait, none longer than ${waitMsMax / 1_000} s; do it again a little later`,
  );

export interface OpenAuditLog {
  readonly audit: AuditLog;
  readonly close: () => Promise<void>;
}

/** The audit log for a command that speaks to no Kafka otherwise. Rejects, naming the engine that does not answer. */
export async function openAuditLog(config: LinkConfig, logger: ClientLogger): Promise<OpenAuditLog> {
  const log = await createKafkajsLog(kafkaLink(config, 'millrace-audit-log', logger));
  try {
    const registry = await connectSchemaRegistry({ ...registryLink(config), logger });
    const codec = registry.createCodecs()[auditTopic];
    return { audit: new AuditLog({ log, codec, nowMs: Date.now }), close: () => log.close() };
  } catch (error) {
    await log.close();
    throw error;
  }
}
