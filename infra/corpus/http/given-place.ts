import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { createStoreWriter } from '../../../api/testing/store-writer.ts';
import { createKafkajsLog } from '../../clients/kafkajs/kafkajs-log.ts';
import { kafkaLink, registryLink } from '../../clients/links.ts';
import { connectSchemaRegistry } from '../../clients/schema-registry.ts';
import type { Config } from '../../config/config.ts';
import type { Conditions } from './conditions.ts';
import { CannotSetUp, type ConditionedApi, type CorpusPlace } from './corpus-place.ts';
import type { Target } from './exchange.ts';

/** What nobody can do to an API from outside, and why a case that needs it is not run there. */
const notFromOutside: Readonly<Partial<Record<keyof Conditions, string>>> = {
  inFlightMax: 'the in-flight limit is set at the start of the API',
  kafka: 'Kafka is not the runner’s to break',
  redisDown: 'Redis is not the runner’s to stop',
  clickhouseDown: 'ClickHouse is not the runner’s to stop',
  draining: 'the API is not the runner’s to stop',
  loopBlockedMs: 'the loop of another process cannot be blocked',
};

/**
 * An API that somebody else started, and the engines its configuration names: two stores and their keys are written
 * to its log, as the deploy step does, for there is no route that makes them.
 */
export async function openGivenPlace(api: URL, config: Config): Promise<CorpusPlace> {
  const target: Target = { host: api.hostname, port: Number(api.port || 80) };
  const logger = pino({ level: 'fatal' });
  const log = await createKafkajsLog(kafkaLink(config, 'corpus-http', logger));
  const registry = await connectSchemaRegistry({ ...registryLink(config), logger });
  const run = randomUUID().slice(0, 8);
  return {
    target,
    stores: { S1: `S1-${run}`, S2: `S2-${run}` },
    config,
    writer: createStoreWriter(log, registry),
    log,
    under: async (conditions) => conditionedApi(target, config, conditions),
    async rest(requests) {
      const perSecond = config.rateLimitPerSecond;
      if (perSecond > 0) await delay((Math.min(requests, perSecond) * 1_000) / perSecond);
    },
    close: () => log.close(),
  };
}

function conditionedApi(target: Target, config: Config, conditions: Conditions): ConditionedApi {
  for (const name of Object.keys(conditions) as (keyof Conditions)[]) {
    const why = notFromOutside[name];
    if (why !== undefined) throw new CannotSetUp(why);
  }
  const { ratePerSecond = config.rateLimitPerSecond } = conditions;
  if (ratePerSecond !== config.rateLimitPerSecond) {
    const has = `${config.rateLimitPerSecond} requests a second`;
    throw new CannotSetUp(
      `the API allows ${has}, the case wants ${ratePerSecond} (MILLRACE_RATE_LIMIT_PER_SECOND)`,
    );
  }
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    target,
    set: nothing,
    letKafkaAnswer: () => undefined,
    limitElapsedMs: (startedMs) => performance.now() - startedMs,
    release: nothing,
  };
}
