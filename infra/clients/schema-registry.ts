import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import avsc from 'avsc';
import type { AvroSchema } from '../../schemas/avro-schema.ts';
import type { Body } from '../../schemas/envelope.ts';
import type { Event as CatalogueEvent } from '../../schemas/generated/catalogue-events.ts';
import type { Command as CatalogueCommand } from '../../schemas/generated/catalogue-commands.ts';
import type { Event as OrdersEvent } from '../../schemas/generated/orders-events.ts';
import type { Command as OrdersCommand } from '../../schemas/generated/orders-commands.ts';
import type { Event as StockEvent } from '../../schemas/generated/stock-events.ts';
import type { Command as StockCommand } from '../../schemas/generated/stock-commands.ts';
import type { CustomerKey } from '../../schemas/generated/customers-keys.ts';
import type { AuditRecord } from '../../schemas/generated/ops-audit.ts';
import type { ReconciliationResult } from '../../schemas/generated/ops-reconciliations.ts';
import type { StoreConfig } from '../../schemas/generated/stores-config.ts';
import { schemaOfTopic, subjectOf, topicCatalogue } from '../../schemas/topic-catalogue.ts';
import { createTopicCodec, type TopicCodec } from '../../schemas/topic-codec.ts';
import type { ClientLogger } from './client-logger.ts';
import type { Link } from './links.ts';
import { askRegistry, type RegistryAnswer, RegistryError } from './ask-registry.ts';

/** The envelope that stands on each topic with a schema. */
export interface TopicEnvelopes {
  readonly 'orders.commands.v1': OrdersCommand;
  readonly 'orders.events.v1': OrdersEvent;
  readonly 'stock.commands.v1': StockCommand;
  readonly 'stock.events.v1': StockEvent;
  readonly 'catalogue.commands.v1': CatalogueCommand;
  readonly 'catalogue.events.v1': CatalogueEvent;
  readonly 'stores.config.v1': StoreConfig;
  readonly 'customers.keys.v1': CustomerKey;
  readonly 'ops.reconciliations.v1': ReconciliationResult;
  readonly 'ops.audit.v1': AuditRecord;
}

export type Codecs = { readonly [Topic in keyof TopicEnvelopes]: TopicCodec<TopicEnvelopes[Topic]> };

/**
 * What asking for a writer's schema came to. Quarantine on `unknown-schema` and `wrong-subject` alone; `unreadable`
 * is a good record that this build is too old for: stop and wait for the upgrade.
 */
export type LearnedWriter = 'learned' | 'unknown-schema' | 'wrong-subject' | 'unreadable';

type TaughtCodec = Pick<TopicCodec<never>, 'topic' | 'addWriter'>;

export interface SchemaRegistry {
  /** Synchronous codecs of their own for the caller, by topic; older published versions are readable already. */
  createCodecs(): Codecs;
  /** The same for one topic whose envelope the caller names. */
  createCodec<T extends { readonly body: Body }>(topic: string): TopicCodec<T>;
  /**
   * Asks for the schema of an id the codec met, and teaches it. Resolves late while the registry is away: it asks
   * again, with back-off, until it knows or `signal` ends it. The record is not at fault meanwhile (kafka.md §9).
   */
  readonly learnWriter: (
    codec: TaughtCodec,
    schemaId: number,
    signal?: AbortSignal,
  ) => Promise<LearnedWriter>;
}

/** The URL ends with the Confluent API's root, for example `http://127.0.0.1:8081/apis/ccompat/v7`. */
export interface SchemaRegistryOptions extends Link {
  readonly logger: ClientLogger;
  /** So long what a registry does not answer is asked again, ms; 0 if absent: a person at a terminal is told at once. */
  readonly patienceMs?: number;
}

/** Of a role that starts: one too busy to answer in time must not end it (`patienceMs`). */
export const startPatienceMs = 30_000;

/**
 * Resolves, once, the ids of this build's schemas and of every older version. Rejects if the registry does not answer
 * (the last try begins within `patienceMs`), does not hold a schema of ours, or holds another under its id.
 */
export async function connectSchemaRegistry({
  logger,
  patienceMs = 0,
  ...link
}: SchemaRegistryOptions): Promise<SchemaRegistry> {
  const topics = topicCatalogue.filter(({ schema }) => schema !== null).map(({ name }) => name);
  const ask = patientAsk(link, logger, patienceMs);
  const resolved = new Map(
    await Promise.all(topics.map(async (topic) => [topic, await resolveTopic(ask, topic)] as const)),
  );

  function createCodec<T extends { readonly body: Body }>(topic: string): TopicCodec<T> {
    const known = resolved.get(topic);
    if (!known) throw new RangeError(`topic ${topic} has no schema in the catalogue`);
    const codec = createTopicCodec<T>(topic, known.id);
    for (const [id, schema] of known.others) teach(codec, id, schema);
    return codec;
  }

  async function learnWriter(codec: TaughtCodec, id: number, signal?: AbortSignal): Promise<LearnedWriter> {
    const subject = await untilAnswered(() => askRegistry(link, `/schemas/ids/${id}/versions`), {
      logger,
      id,
      signal,
    });
    if (subject.is === 'denied') return 'unknown-schema';
    if (!namesSubject(subject.body, subjectOf(codec.topic))) return 'wrong-subject';
    const found = await untilAnswered(() => askRegistry(link, `/schemas/ids/${id}`), { logger, id, signal });
    if (found.is === 'denied') return 'unknown-schema';
    return teach(codec, id, schemaIn(found.body)) ? 'learned' : 'unreadable';
  }

  return {
    createCodec,
    createCodecs: () => ({
      'orders.commands.v1': createCodec('orders.commands.v1'),
      'orders.events.v1': createCodec('orders.events.v1'),
      'stock.commands.v1': createCodec('stock.commands.v1'),
      'stock.events.v1': createCodec('stock.events.v1'),
      'catalogue.commands.v1': createCodec('catalogue.commands.v1'),
      'catalogue.events.v1': createCodec('catalogue.events.v1'),
      'stores.config.v1': createCodec('stores.config.v1'),
      'customers.keys.v1': createCodec('customers.keys.v1'),
      'ops.reconciliations.v1': createCodec('ops.reconciliations.v1'),
      'ops.audit.v1': createCodec('ops.audit.v1'),
    }),
    learnWriter,
  };
}

type Ask = (...question: Tail<Parameters<typeof askRegistry>>) => Promise<RegistryAnswer>;
type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never;

/** Asks again, with back-off, while the registry's trouble may pass and the time is not over; one line a second tells it. */
function patientAsk(link: Link, logger: ClientLogger, patienceMs: number): Ask {
  const giveUpMs = performance.now() + patienceMs;
  let toldMs = Number.NEGATIVE_INFINITY;
  return async (...question) => {
    for (let waitMs = 200; ; waitMs = Math.min(waitMs * 2, 5_000)) {
      try {
        return await askRegistry(link, ...question);
      } catch (error) {
        const nowMs = performance.now();
        const isOver = nowMs + waitMs > giveUpMs;
        if (isOver || !(error instanceof RegistryError && error.isPassing)) throw error;
        if (nowMs - toldMs > 1_000) {
          toldMs = nowMs;
          logger.warn({ error: error.message }, 'the schema registry does not answer yet, asking again');
        }
        await delay(waitMs * (0.5 + Math.random() / 2));
      }
    }
  };
}

/** False if this build's schema cannot read that writer. */
function teach(codec: TaughtCodec, id: number, schema: AvroSchema): boolean {
  try {
    codec.addWriter(id, schema);
    return true;
  } catch {
    return false; // avsc throws for nothing else here: the schema itself was parsed before
  }
}

interface ResolvedTopic {
  /** Of the schema this build writes. */
  readonly id: number;
  /** Every other version the subject holds. */
  readonly others: readonly (readonly [id: number, schema: AvroSchema])[];
}

async function resolveTopic(ask: Ask, topic: string): Promise<ResolvedTopic> {
  const subject = subjectOf(topic);
  const ours = schemaOfTopic(topic);
  const versions = await ask(`/subjects/${subject}/versions`);
  if (versions.is === 'denied') throw notDeployed(subject);
  const all = await Promise.all(
    z
      .array(z.number())
      .parse(versions.body)
      .map((version) => versionOf(ask, subject, version)),
  );
  const lookedUp = await ask(`/subjects/${subject}`, {
    method: 'POST',
    body: { schema: JSON.stringify(ours) },
  });
  if (lookedUp.is === 'denied') throw notDeployed(subject);
  const { id } = lookUpAnswer.parse(lookedUp.body);
  const held = all.find(([heldId]) => heldId === id)?.[1];
  if (held === undefined || fingerprintOf(held) !== fingerprintOf(ours)) {
    throw new Error(
      `schema-fingerprint: the registry holds another schema than this build's as id ${id} of ${subject}`,
    );
  }
  return { id, others: all.filter(([heldId]) => heldId !== id) };
}

const notDeployed = (subject: string): Error =>
  new Error(`the registry's subject ${subject} does not hold this build's schema: run the deploy step first`);

const lookUpAnswer = z.object({ id: z.number() });

const versionAnswer = z.object({ id: z.number(), schema: z.string() });

async function versionOf(ask: Ask, subject: string, version: number): Promise<readonly [number, AvroSchema]> {
  const answer = await ask(`/subjects/${subject}/versions/${version}`);
  if (answer.is === 'denied')
    throw new RegistryError(`${subject} version ${version} has gone meanwhile`, {
      status: 404,
      isPassing: false,
    });
  const { id, schema } = versionAnswer.parse(answer.body);
  return [id, JSON.parse(schema) as AvroSchema];
}

/** Of the parsing canonical form (Avro specification): documentation and defaults do not count. */
const fingerprintOf = (schema: AvroSchema): string =>
  avsc.Type.forSchema(schema as avsc.Schema)
    .fingerprint('sha256')
    .toString('hex');

const schemaAnswer = z.object({ schema: z.string() });
const schemaIn = (body: unknown): AvroSchema => JSON.parse(schemaAnswer.parse(body).schema) as AvroSchema;

const subjectsAnswer = z.array(z.object({ subject: z.string() }));
const namesSubject = (body: unknown, subject: string): boolean =>
  subjectsAnswer.parse(body).some((row) => row.subject === subject);

const deniedAgainAfterMs = 1_000;
const retryAfterMsMax = 10_000;

/** A denial counts when it was said twice, a second apart: a registry that is starting knows less than it holds. */
async function untilAnswered(
  ask: () => Promise<RegistryAnswer>,
  of: { readonly logger: ClientLogger; readonly id: number; readonly signal: AbortSignal | undefined },
): Promise<RegistryAnswer> {
  let denied = false;
  for (let waitMs = 200; ; waitMs = Math.min(waitMs * 2, retryAfterMsMax)) {
    of.signal?.throwIfAborted();
    let answer: RegistryAnswer | null = null;
    try {
      answer = await ask();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      of.logger.warn({ schemaId: of.id, error: reason }, 'the schema registry is away, asking again');
    }
    if (answer?.is === 'found') return answer;
    if (answer?.is === 'denied' && denied) return answer;
    denied = answer?.is === 'denied';
    const wait = denied ? deniedAgainAfterMs : waitMs * (0.5 + Math.random() / 2);
    await delay(wait, undefined, of.signal ? { signal: of.signal } : {});
  }
}
