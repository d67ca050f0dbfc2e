import { createCustomerSealer } from '../../clients/customer-keys/customer-sealer.ts';
import { KeyRing } from '../../clients/customer-keys/key-ring.ts';
import { createKeyWrapper } from '../../clients/customer-keys/wrapped-key.ts';
import type { Log } from '../../clients/log.ts';
import type { Codecs } from '../../clients/schema-registry.ts';
import { createSimulatorHints } from '../../psp/simulator-hints.ts';
import { Intake } from '../../../producers/intake/intake.ts';
import { createTopicCodec } from '../../../schemas/topic-codec.ts';
import type { CreatedApiKey } from '../../../schemas/api-key.ts';
import { scopes } from '../../../schemas/api-key.ts';
import { ExportRoom } from '../../../api/analytics/export-room.ts';
import { StoreDirectory } from '../../../api/auth/store-directory.ts';
import { Catalogue } from '../../../api/catalogue/catalogue.ts';
import { credentialOf } from '../../../api/dashboard/session.ts';
import { Admission } from '../../../api/http/admission.ts';
import { createApp } from '../../../api/http/create-app.ts';
import { mountPages } from '../../../api/http/mount-pages.ts';
import { createOpenApi } from '../../../api/http/openapi.ts';
import { OpenStreams } from '../../../api/http/open-streams.ts';
import { RateLimit } from '../../../api/http/rate-limit.ts';
import { Claims } from '../../../api/idempotency/claims.ts';
import { DailyQuotas } from '../../../api/idempotency/daily-quotas.ts';
import { ReconciledDays } from '../../../api/ops/reconciled-days.ts';
import { Erasures } from '../../../api/orders/erasures.ts';
import { createRoutes, type RouteParts } from '../../../api/routes.ts';

export const benchSecret = 'a secret of the benchmark, not of anybody';
export const benchStoreName = 'bench';
const partitions = 4;

/** A log that acknowledges everything at once and keeps nothing. */
const yesLog: Log = {
  append: async (appends) => appends.map(() => ({ is: 'appended', baseOffset: 0n, appendTimeMs: 0 })),
  leaderOf: () => 0,
  partitionsOf: async () => partitions,
  offsetsOf: async () => new Map(),
  close: async () => undefined,
};

/** Takes every command, and cannot send them. */
const pipelineAway: object = new Proxy(
  {},
  { get: (_, name) => () => (name === 'exec' ? Promise.reject(new Error('away')) : pipelineAway) },
);

/** An engine that is not there: whatever is asked of it is refused at once. */
const away: object = new Proxy(
  {},
  {
    get: (_, name) =>
      name === 'defineCommand'
        ? () => undefined
        : name === 'pipeline'
          ? () => pipelineAway
          : () => Promise.reject(new Error(`${String(name)}: away`)),
  },
);

const codecs = new Proxy({} as Codecs, { get: (_, topic) => createTopicCodec(String(topic), 0) });

/**
 * Every route of the API with the real parsers, directory, catalogue (`skus` products), pricing, sealing and codecs; a
 * log that says yes, Redis and ClickHouse away. What a request costs here is its own work, not that of an engine.
 */
export function apiWithoutEngines(key: CreatedApiKey, skus: number) {
  const nowMs = (): number => Date.now();
  const directory = new StoreDirectory();
  const applied = { store: benchStoreName, atMs: 0, requestId: null };
  const store = {
    timeZone: 'Europe/London',
    currencies: ['GBP'],
    live: false,
    taxRule: 'exclusive',
  } as const;
  const money = { shippingMinor: 0, shippingTaxBp: 0, dailyQuota: null };
  directory.apply({ ...applied, body: { type: 'StorePut', name: benchStoreName, ...store, ...money } });
  const { keyId, sha256 } = key;
  const limits = { label: '', scopes: [...scopes], expiresAtMs: null, dailyQuota: null };
  directory.apply({ ...applied, body: { type: 'KeyPut', keyId, sha256, ...limits } });
  const catalogue = new Catalogue();
  for (let i = 0; i < skus; i += 1) {
    const content = {
      name: `heart holder ${i % 1_000}`,
      prices: [{ currency: 'GBP', unitMinor: 255 }],
      taxBp: 2_000,
    };
    catalogue.put(benchStoreName, `SKU${i}`, 1, content, 0);
  }
  const redis = away as RouteParts['redis'];
  const wrapper = createKeyWrapper(benchSecret);
  const ring = new KeyRing(50_000, wrapper.unwrap);
  const quotas = new DailyQuotas(redis, (caller) => directory.quotasOf(caller), nowMs);
  const [admission, rateLimit] = [new Admission(2_000), new RateLimit(0)];
  const routes = createRoutes({
    directory,
    catalogue,
    codecs,
    redis,
    nowMs,
    partitions,
    quotas,
    clickhouse: away as RouteParts['clickhouse'],
    exports: new ExportRoom(away as RouteParts['clickhouse']),
    lag: away as RouteParts['lag'],
    reconciled: new ReconciledDays(),
    intake: new Intake({ log: yesLog, partitions, tickMs: 0 }),
    announce: async () => undefined,
    open: new OpenStreams(),
    live: { admission, rateLimit, rateNowMs: nowMs, onFault: () => undefined },
    leaving: new AbortController().signal,
    hintReaders: new Map([['fake', createSimulatorHints({ secrets: [benchSecret], nowMs })]]),
    webhooks: { delivered: () => undefined },
    endsOfOrdersInbox: async () => new Map(),
    learnWriter: async () => undefined,
    claims: new Claims(redis, nowMs),
    erasures: new Erasures(),
    sealer: createCustomerSealer({ wrapper, ring, keep: async () => 0n, nowMs }),
    fingerprintSecret: benchSecret,
    cursorSecret: benchSecret,
    takes: () => true,
    quoteSecrets: [benchSecret],
  } as unknown as RouteParts);
  return createApp({
    door: {
      directory,
      nowMs,
      admission,
      rateLimit,
      quotas,
      credentialOf: (request) => credentialOf(benchSecret, request, nowMs()),
    },
    routes,
    mount: (app) => mountPages(app, { openApi: createOpenApi(routes), files: new Map() }),
    observe: () => undefined,
  });
}
