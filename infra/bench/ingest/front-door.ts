import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createApiKey } from '../../../schemas/api-key.ts';
import { operatorActor } from '../../../schemas/audit-chain.ts';
import { auditTopic } from '../../../schemas/topic-catalogue.ts';
import { skuKeyOf } from '../../../schemas/ids.ts';
import { AuditLog } from '../../clients/audit-log.ts';
import { createKafkajsLog } from '../../clients/kafkajs/kafkajs-log.ts';
import type { Log } from '../../clients/log.ts';
import { putStoresConfig } from '../../clients/put-stores-config.ts';
import { connectSchemaRegistry } from '../../clients/schema-registry.ts';
import { freePort } from '../../local/free-port.ts';
import { processCpuUs } from '../process-cpu.ts';
import { type BlockEngines, silent, startBlockEngines } from '../saga-lite/block-engines.ts';
import { type BenchProcess, startBenchProcess } from '../saga-lite/engine-process.ts';
import { preload } from '../saga-lite/preload.ts';
import { type LoadGenerator, type LoadOrder, type LoadResult, startLoadGenerator } from './load.ts';
import { ingestScopes, ingestSkus, ingestStore, skuAt } from './order-workload.ts';

/** A server that takes orders: ours, or one it is compared with. */
export type IngestArm = 'millrace' | 'bare' | 'express';

/** A running server. */
export interface RunningArm {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** What a load came to, with the CPU that its processes took for each accepted order, µs. */
export interface MeasuredLoad extends LoadResult {
  readonly cpuUsPerOrder: Readonly<Record<'server' | 'broker' | 'redis' | 'generator', number>>;
}

/** Engines with a store, a key and products, on which one server after the other takes orders. */
export interface FrontDoor {
  readonly credential: string;
  readonly start: (arm: IngestArm) => Promise<RunningArm>;
  readonly load: (arm: RunningArm, order: Omit<LoadOrder, 'port' | 'credential'>) => Promise<MeasuredLoad>;
}

const server = new URL('./ingest-server.ts', import.meta.url);

/** Starts broker, registry, Redis and the generator, puts what orders need, and stops everything behind `work`. */
export async function withFrontDoor<T>(work: (door: FrontDoor) => Promise<T>): Promise<T> {
  const engines = await startBlockEngines();
  const log = await createKafkajsLog({ brokers: [engines.brokers], clientId: 'bench', logger: silent });
  const generator = await startLoadGenerator();
  try {
    const credential = await putStoreAndProducts(engines, log);
    const door = frontDoor(engines, log, generator, credential);
    await decideProducts(engines, door);
    return await work(door);
  } finally {
    generator.stop();
    await log.close();
    await engines.stop();
  }
}

const limitsOff = { MILLRACE_RATE_LIMIT_PER_SECOND: '0', MILLRACE_STORE_RATE_LIMIT_PER_SECOND: '0' };

function startServer(engines: BlockEngines, name: string, port: number): BenchProcess {
  const environment = { ...engines.environment, ...limitsOff, MILLRACE_HTTP_PORT: String(port) };
  return startBenchProcess(name, server, [name], environment);
}

function frontDoor(engines: BlockEngines, log: Log, generator: LoadGenerator, credential: string): FrontDoor {
  const placed = async (): Promise<number> => {
    const offsets = [...(await log.offsetsOf('orders.commands.v1')).values()];
    return offsets.reduce((sum, { end }) => sum + Number(end), 0);
  };
  return {
    credential,
    async start(name) {
      const port = await freePort(0);
      const running = startServer(engines, name, port);
      await running.ready;
      return { port, pid: running.pid, stop: () => running.leave() };
    },
    async load({ port, pid }, order) {
      const pids = {
        server: pid,
        broker: engines.brokerPid,
        redis: engines.redisPid,
        generator: generator.pid,
      };
      const cpu = (): number[] => Object.values(pids).map(processCpuUs);
      const recordsBefore = await placed();
      let before = cpu();
      const result = await generator.run({ ...order, port, credential }, () => (before = cpu()));
      const after = cpu();
      const accepted = Object.values(result.perSecond).reduce((sum, { ok }) => sum + ok, 0);
      const records = (await placed()) - recordsBefore;
      if (records < accepted)
        throw new Error(`void: ${accepted} orders were answered 202, ${records} are in the log`);
      const used = Object.keys(pids).map((name, i) => [
        name,
        Math.round(((after[i] ?? 0) - (before[i] ?? 0)) / Math.max(1, accepted)),
      ]);
      return { ...result, cpuUsPerOrder: Object.fromEntries(used) as MeasuredLoad['cpuUsPerOrder'] };
    },
  };
}

/** The text of a key that may do all but price. */
async function putStoreAndProducts({ environment }: BlockEngines, log: Log): Promise<string> {
  const registry = await connectSchemaRegistry({
    url: environment['MILLRACE_REGISTRY_URL'] ?? '',
    logger: silent,
  });
  const codecs = registry.createCodecs();
  const key = createApiKey('test');
  const valueOf = { store: ingestStore, atMs: Date.now(), dailyQuota: null };
  const value = (body: object) => ({ ...valueOf, requestId: randomUUID(), body }) as never;
  const store = { name: ingestStore, timeZone: 'Europe/London', currencies: ['GBP'], live: false };
  const rules = { taxRule: 'exclusive', shippingMinor: 0, shippingTaxBp: 0, dailyQuota: null };
  const { keyId, sha256 } = key;
  const held = { keyId, sha256, label: 'bench', scopes: ingestScopes, expiresAtMs: null, dailyQuota: null };
  await putStoresConfig({
    log,
    audit: new AuditLog({ log, codec: codecs[auditTopic], nowMs: Date.now }),
    codec: codecs['stores.config.v1'],
    actor: operatorActor('bench'),
    reason: 'a benchmark',
    records: [
      { key: ingestStore, value: value({ type: 'StorePut', ...store, ...rules }) },
      { key: keyId, value: value({ type: 'KeyPut', ...held }) },
    ],
  });
  const product = (n: number) => ({
    name: `thing ${n}`,
    prices: [{ currency: 'GBP', unitMinor: 255 }],
    taxBp: 2_000,
  });
  await preload(
    log,
    Array.from({ length: ingestSkus }, (_, n) => ({
      topic: 'catalogue.commands.v1',
      key: skuKeyOf(ingestStore, skuAt(n)),
      value: codecs['catalogue.commands.v1'].encode({
        store: ingestStore,
        commandId: null,
        fingerprint: null,
        requestId: null,
        body: { type: 'PutProduct', sku: skuAt(n), ifVersion: null, ...product(n) },
      }),
    })),
  );
  return key.text;
}

/** Lets the catalogue's owner decide until an API prices every product; then it is not needed any more. */
async function decideProducts(engines: BlockEngines, { start, credential }: FrontDoor): Promise<void> {
  const owner = startServer(engines, 'catalogue', 0);
  const api = await start('millrace');
  try {
    const deadline = Date.now() + 60_000;
    for (let known = 0; known < ingestSkus; ) {
      const answer = await fetch(`http://127.0.0.1:${api.port}/v1/catalogue/${skuAt(known)}`, {
        headers: { authorization: `Bearer ${credential}` },
      });
      await answer.body?.cancel();
      if (answer.status === 200) known += 1;
      else if (Date.now() > deadline)
        throw new Error(`${skuAt(known)} is not in the catalogue: ${answer.status}`);
      else await delay(100);
    }
  } finally {
    await Promise.all([api.stop(), owner.leave()]);
  }
}
