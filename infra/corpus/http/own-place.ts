import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiStack, orderAndMoneyRoles, startStackOn } from '../../../api/testing/stack-on-engines.ts';
import type { RunningApi } from '../../../api/start.ts';
import type { Append, AppendOutcome, Log } from '../../clients/log.ts';
import type { VariableName } from '../../config/config.ts';
import { freePort } from '../../local/free-port.ts';
import type { EngineAddresses } from '../../local/start-engines.ts';
import type { Conditions } from './conditions.ts';
import type { ConditionedApi, CorpusPlace } from './corpus-place.ts';
import type { Target } from './exchange.ts';

const isInbox = (topic: string): boolean => topic.endsWith('.commands.v1');

type AppendCall = (appends: readonly Append[]) => Promise<readonly AppendOutcome[]>;

/** Answers of Kafka wait for the requests of a case at most so long. */
const sentWithinMs = 10_000;

/** A stack of the runner's own on these engines, in which every condition can be made. */
export async function openOwnPlace(engines: EngineAddresses): Promise<CorpusPlace> {
  const stack = await startStackOn(engines, orderAndMoneyRoles);
  const api = await stack.startApi();
  const run = randomUUID().slice(0, 8);
  return {
    target: targetOf(api),
    stores: { S1: `S1-${run}`, S2: `S2-${run}` },
    config: stack.config,
    writer: stack,
    log: stack.log,
    under: (conditions) => conditionedApi(stack, api, conditions),
    rest: () => Promise.resolve(), // no limit, unless a case asks for one
    close: () => stack.stop(),
  };
}

const targetOf = ({ port }: RunningApi): Target => ({ host: '127.0.0.1', port });

/** An API of the case's own where one of its parts must differ, else the usual one. */
async function conditionedApi(stack: ApiStack, usual: RunningApi, of: Conditions): Promise<ConditionedApi> {
  const kafka = faultyKafka();
  const flags: Partial<Record<VariableName, string>> = {
    ...(of.ratePerSecond === undefined ? {} : { RATE_LIMIT_PER_SECOND: String(of.ratePerSecond) }),
    ...(of.clickhouseDown ? { CLICKHOUSE_URL: `http://127.0.0.1:${await freePort(0)}` } : {}),
  };
  const needsOwn =
    Object.keys(flags).length > 0 || of.inFlightMax !== undefined || of.draining || of.kafka !== undefined;
  const api = needsOwn
    ? await stack.startApi(flags, {
        ...(of.inFlightMax === undefined ? {} : { inFlightMax: of.inFlightMax }),
        // Its clock stands: however busy the machine is, a burst is one.
        rateNowMs: () => 0,
        wrapLog: (log) => ({ ...log, append: (appends) => kafka.append(log, appends) }),
      })
    : usual;
  let draining: Promise<void> | null = null;
  let leftOpen: Awaited<ReturnType<typeof untilShut>> | null = null;
  let redisIsDown = false;
  return {
    target: targetOf(api),
    async set(conditions) {
      if (conditions.kafka !== undefined) kafka.is(conditions.kafka);
      if (conditions.redisDown) {
        await stack.stopRedis();
        redisIsDown = true;
      }
      if (conditions.draining) {
        leftOpen = await untilShut(api);
        draining = leftOpen.stopped;
      }
      if (conditions.loopBlockedMs !== undefined) setTimeout(blockLoop, 5, conditions.loopBlockedMs);
    },
    letKafkaAnswer: () => kafka.mayAnswer(),
    limitElapsedMs: () => 0,
    async release() {
      kafka.is(null);
      leftOpen?.leave();
      if (redisIsDown) await stack.startRedis();
      if (draining) await draining;
      else if (api !== usual) await api.stop();
    },
  };
}

/** Stops an API that somebody is still connected to; resolves when it lets nobody else in. */
async function untilShut(api: RunningApi) {
  const agent = new http.Agent({ keepAlive: true });
  const statusOf = (of?: http.Agent): Promise<number> =>
    new Promise((resolve, reject) => {
      http
        .get(`http://127.0.0.1:${api.port}/livez`, of ? { agent: of } : { agent: false }, (response) => {
          response.resume().once('end', () => resolve(response.statusCode ?? 0));
        })
        .once('error', reject);
    });
  await statusOf(agent);
  const stopped = api.stop();
  while ((await statusOf()) !== 503) await delay(20);
  return { stopped, leave: () => agent.destroy() };
}

function blockLoop(forMs: number): void {
  const endMs = performance.now() + forMs;
  while (performance.now() < endMs);
}

/** What stands between an intake and Kafka: nothing, until it is told otherwise. */
function faultyKafka() {
  let fault: NonNullable<Conditions['kafka']> | null = null;
  const sent = Promise.withResolvers<void>();
  const lost = (appends: readonly Append[]): readonly AppendOutcome[] =>
    appends.map(() => ({ is: 'unknown', error: new Error('the answer was lost') }));
  return {
    is(now: typeof fault): void {
      fault = now;
      if (now === null) sent.resolve();
    },
    mayAnswer: () => sent.resolve(),
    append: async (log: Log, appends: Parameters<AppendCall>[0]): ReturnType<AppendCall> => {
      // what the API writes beside commands is not what a case means
      const now = appends.some(({ topic }) => isInbox(topic)) ? fault : null;
      if (now === 'down') return lost(appends);
      if (now === 'next-answer-lost') {
        fault = null;
        await log.append(appends);
        return lost(appends);
      }
      if (now !== null) {
        await Promise.race([sent.promise, delay(sentWithinMs, undefined, { ref: false })]);
        await delay(now.answersAfterMs);
      }
      return log.append(appends);
    },
  };
}
