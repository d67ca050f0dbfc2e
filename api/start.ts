import type { Server } from 'node:http';
import type net from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AuditLog } from '../infra/clients/audit-log.ts';
import { createCustomerSealer } from '../infra/clients/customer-keys/customer-sealer.ts';
import { KeyRing } from '../infra/clients/customer-keys/key-ring.ts';
import { createKeyWrapper } from '../infra/clients/customer-keys/wrapped-key.ts';
import { checkBroker } from '../infra/clients/check-topics.ts';
import { connectClickhouse } from '../infra/clients/clickhouse.ts';
import { UnreadableRecord } from '../infra/clients/decode-records.ts';
import { createKafkajsLog } from '../infra/clients/kafkajs/kafkajs-log.ts';
import { createKafkajsLogReader } from '../infra/clients/kafkajs/kafkajs-log-reader.ts';
import type { Log } from '../infra/clients/log.ts';
import { connectRedis } from '../infra/clients/redis.ts';
import { endRole, type Readiness, type RoleContext, type RunningRole } from '../infra/clients/run-role.ts';
import { connectSchemaRegistry, startPatienceMs } from '../infra/clients/schema-registry.ts';
import { openHintReaders } from '../infra/psp/hint-readers.ts';
import { takesAmount } from '../infra/psp/takes-amount.ts';
import { Intake } from '../producers/intake/intake.ts';
import {
  auditTopic,
  customersKeysTopic,
  inboxOf,
  journalOf,
  reconciliationsTopic,
  snapshotsOf,
  storesConfigTopic,
} from '../schemas/topic-catalogue.ts';
import { ExportRoom } from './analytics/export-room.ts';
import { StoreDirectory } from './auth/store-directory.ts';
import { Catalogue } from './catalogue/catalogue.ts';
import { credentialOf } from './dashboard/session.ts';
import { followAuditLog, followLog } from './follow-log.ts';
import { Admission } from './http/admission.ts';
import { notReady, ok } from './http/answer.ts';
import { createApp } from './http/create-app.ts';
import { closeGently, untilAllHaveLeft } from './http/close-gently.ts';
import { createHardenedServer, type Door } from './http/http-server.ts';
import { listenWide } from './http/listen-wide.ts';
import { createLogProbe } from './http/log-probe.ts';
import { mountPage, mountPages, serve } from './http/mount-pages.ts';
import { createOpenApi } from './http/openapi.ts';
import { OpenStreams } from './http/open-streams.ts';
import { RateLimit } from './http/rate-limit.ts';
import { type Doorkeeper, isOfKey } from './http/run-route.ts';
import { createRequestLog } from './http/request-log.ts';
import { createRequestMetrics } from './http/request-metrics.ts';
import { loadStaticFiles } from './http/static-files.ts';
import { Claims } from './idempotency/claims.ts';
import { DailyQuotas } from './idempotency/daily-quotas.ts';
import { announceTo } from './ops/announce.ts';
import { AuditTail } from './ops/audit-tail.ts';
import { createLagLook } from './ops/lag-look.ts';
import { createLagMetrics } from './ops/lag-metrics.ts';
import { ReconciledDays } from './ops/reconciled-days.ts';
import { Erasures } from './orders/erasures.ts';
import { createKeyKeeper } from './orders/key-keeper.ts';
import { KeptRequests } from './requests/kept-requests.ts';
import { RequestKeeper } from './requests/request-keeper.ts';
import { createRoutes } from './routes.ts';
import { shopPaths } from './shop/page/paths.ts';
import { Visitors } from './shop/visitors.ts';
import { createWebhookMetrics } from './webhooks/webhook-metrics.ts';
import { kafkaLink, registryLink, redisLink, clickhouseLink } from '../infra/clients/links.ts';

export interface ApiOptions {
  /** Requests inside at once; more are shed. */
  readonly inFlightMax?: number;
  /** Stands between what the API writes and Kafka; tests plant faults here. */
  readonly wrapLog?: (log: Log) => Log;
  /** The clock of the rate limit, ms; tests move it by hand. */
  readonly rateNowMs?: () => number;
}

export interface RunningApi extends RunningRole {
  readonly port: number;
}

/** A read has its answer by then or says that the view is not available; a POST waits less (`patienceMs`). */
const redisTimeoutMs = 2_000;
const inFlightMaxDefault = 2_000;
/** Customers whose next order needs no new key, about 0.5 KB each (docs/decisions/0039). */
const customerKeysMax = 50_000;
/** Between the red light and the closed door, so that balancers see the light; a quarter of the grace at most. */
const redLightMs = 2_000;
/** Then so long for connections on which nothing comes: with the red light a keep-alive time, 5 + 1 s; 0.4 of the grace at most. */
const idleConnectionsMs = 4_000;
/** A stream outlives its key, or the rights it had, by so long at most; a revoked key has 5 s in all (messages §6). */
const keyWatchEveryMs = 1_000;

/** Starts the HTTP API: memory first, then the door. Rejects if topics, schemas or the port are not as it needs them. */
export async function startApi(context: RoleContext, options: ApiOptions = {}): Promise<RunningApi> {
  const { config, logger, metrics } = context;
  const connection = kafkaLink(config, `api-${context.instanceId}`, logger);
  await checkBroker(connection, config.partitions);
  const registry = await connectSchemaRegistry({
    ...registryLink(config),
    logger,
    patienceMs: startPatienceMs,
  });
  const log = await createKafkajsLog(connection);
  const reader = await createKafkajsLogReader({
    ...connection,
    topics: [
      storesConfigTopic,
      reconciliationsTopic,
      auditTopic,
      customersKeysTopic,
      journalOf('catalogue'),
      snapshotsOf('catalogue'),
    ],
  });
  const redis = connectRedis({ ...redisLink(config), logger, commandTimeoutMs: redisTimeoutMs });
  const clickhouse = connectClickhouse(clickhouseLink(config));
  const exports = new ExportRoom(connectClickhouse(clickhouseLink(config)));
  const nowMs = (): number => Date.now();

  const directory = new StoreDirectory();
  const visitors = new Visitors({ directory, shopKey: config.shopKey, secret: config.cursorSecret });
  const catalogue = new Catalogue();
  const reconciled = new ReconciledDays();
  const wrapper = createKeyWrapper(config.customerKeySecret);
  const customerKeys = new KeyRing(customerKeysMax, wrapper.unwrap);
  const erasures = new Erasures();
  const admission = new Admission(options.inFlightMax ?? inFlightMaxDefault);
  let halted: Error | null = null;
  const onHalted = (error: Error): void => {
    if (!(error instanceof UnreadableRecord)) return endRole(error); // one started again reads from the snapshot
    halted = error;
    admission.drain();
    logger.error({ err: error }, 'memory no longer follows the log: no request is let in');
  };
  const stopFollowing = await followLog({
    log,
    reader,
    registry,
    directory,
    catalogue,
    reconciled,
    customerKeys,
    erasures,
    onHalted,
  });

  const auditTail = new AuditTail();
  const stopAuditTail = await followAuditLog({ log, reader, registry, tail: auditTail, logger });

  const codecs = registry.createCodecs();
  const written = options.wrapLog?.(log) ?? log;
  const intake = new Intake({ log: written, partitions: config.partitions });
  const keyKeeper = createKeyKeeper(written, codecs[customersKeysTopic]);
  const probe = createLogProbe(log, inboxOf('orders'), () => intake.lastAckAtMs);
  const open = new OpenStreams();
  const keyWatch = setInterval(
    () => open.endUnless((caller) => visitors.isCurrent(caller, nowMs())),
    keyWatchEveryMs,
  ).unref();
  const leaving = new AbortController();
  const lag = createLagLook({
    connection,
    log,
    registry,
    redis,
    clickhouse,
    nowMs,
    partitions: config.partitions,
  });
  createLagMetrics(metrics, () => lag.groups());
  const quotas = new DailyQuotas(redis, (caller) => directory.quotasOf(caller), nowMs);
  const rateLimit = new RateLimit(config.rateLimitPerSecond, config.storeRateLimitPerSecond);
  const rateNowMs = options.rateNowMs ?? (() => performance.now());
  const tell = createRequestLog(logger);
  const routes = createRoutes({
    directory,
    visitors,
    catalogue,
    reconciled,
    intake,
    announce: announceTo(new AuditLog({ log: written, codec: codecs[auditTopic], nowMs })),
    redis,
    clickhouse,
    exports,
    nowMs,
    open,
    live: { admission, rateLimit, rateNowMs, onFault: tell },
    leaving: leaving.signal,
    lag,
    auditTail,
    kept: new KeptRequests(redis, nowMs),
    hintReaders: await openHintReaders(config),
    webhooks: createWebhookMetrics(metrics),
    endsOfOrdersInbox: async () =>
      new Map([...(await log.offsetsOf(inboxOf('orders')))].map(([at, { end }]) => [at, Number(end)])),
    codecs,
    learnWriter: registry.learnWriter,
    claims: new Claims(redis, nowMs),
    erasures,
    quotas,
    sealer: createCustomerSealer({ wrapper, ring: customerKeys, keep: keyKeeper.keep, nowMs }),
    partitions: config.partitions,
    fingerprintSecret: config.fingerprintSecret,
    cursorSecret: config.cursorSecret,
    takes: (total) => takesAmount(config.psp, total),
    quoteSecrets: config.quoteSecrets.length > 0 ? config.quoteSecrets : [config.cursorSecret],
  });

  let stopping = false;
  const readiness = (): Readiness => ({
    ready: !stopping && halted === null && probe.isAlive(),
    checks: {
      kafka: `${Math.round(probe.silentMs() ?? -1)} ms since its last answer`,
      redis: redis.status,
      memory: halted === null ? 'follows the log' : 'halted',
      role: stopping ? 'stopping' : 'running',
    },
  });
  const files = loadStaticFiles(path.join(import.meta.dirname, 'dashboard/built'));
  const shop = loadStaticFiles(path.join(import.meta.dirname, 'shop/built'));
  const measure = createRequestMetrics(metrics);
  const doorkeeper: Doorkeeper = {
    directory: visitors,
    admission,
    nowMs,
    rateLimit,
    rateNowMs,
    quotas,
    credentialOf: (request) => credentialOf(config.cursorSecret, request, nowMs()),
  };
  const keeper = new RequestKeeper(redis, nowMs);
  const app = createApp({
    door: doorkeeper,
    routes,
    corsOrigins: config.corsOrigins,
    mount: (express) => {
      serve(express, '/livez', () => ok({ live: true }));
      serve(express, '/readyz', () => (readiness().ready ? ok(readiness()) : notReady(readiness())));
      mountPages(express, { openApi: createOpenApi(routes), files });
      if (config.shopKey !== '') mountPage(express, '/shop', shop, shopPaths);
    },
    observe: (line) => {
      measure(line);
      tell(line);
      keeper.tell(line);
    },
  });
  const { httpTlsCertificate: cert, httpTlsKey: key } = config;
  const tls = cert === '' ? null : { cert, key };
  let door: Door = 'open';
  const server = createHardenedServer(app, {
    tls,
    door: () => door,
    isKnown: (request) => isOfKey(doorkeeper, request),
  });
  const beside = await listen(server, config);
  return {
    port: (server.address() as AddressInfo).port,
    readiness,
    async stop() {
      const graceMs = config.shutdownTimeoutMs;
      const idleMs = Math.min(idleConnectionsMs, graceMs * 0.4);
      stopping = true; // red; requests are still served, each as the last of its connection
      door = 'leaving';
      await delay(Math.min(redLightMs, graceMs / 4));
      open.endAll();
      const shutAtMs = performance.now();
      // Newcomers of a shared port belong to the others, so the door there is closed at once. Alone, this one tells them.
      if (!config.httpPortShared) {
        door = 'shut';
        await untilAllHaveLeft([server, ...beside], idleMs);
      }
      const hurry = (): void => {
        open.endAll();
        leaving.abort();
      };
      await closeGently(server, Math.max(0, idleMs - (performance.now() - shutAtMs)), hurry, beside);
      clearInterval(keyWatch);
      await Promise.all([intake.drained(), keyKeeper.drained(), keeper.stop()]);
      probe.stop();
      admission.close();
      stopFollowing();
      stopAuditTail();
      await lag.close();
      await Promise.all([reader.close(), log.close(), clickhouse.close(), exports.clickhouse.close()]);
      redis.disconnect();
    },
  };
}

async function listen(
  server: Server,
  { httpHost: host, httpPort: port, httpPortShared: isShared }: RoleContext['config'],
): Promise<readonly net.Server[]> {
  try {
    return await listenWide(server, { host, port, isShared });
  } catch (error) {
    throw new Error(`the API cannot listen on ${host}:${port}: free the port or set MILLRACE_HTTP_PORT`, {
      cause: error,
    });
  }
}
