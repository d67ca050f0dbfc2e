import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { connectClickhouse } from '../../../infra/clients/clickhouse.ts';
import { createApiKey } from '../../../schemas/api-key.ts';
import { createClickhouseLedger } from '../../../sinks/clickhouse/clickhouse-ledger.ts';
import { createLedgerFold } from '../../../sinks/clickhouse/ledger-fold.ts';
import { createDatabase, migrate } from '../../../sinks/clickhouse/migrate.ts';
import { batchOf, createJournal, orderPlaced } from '../../../sinks/clickhouse/testing/journal.ts';
import { ExportRoom } from '../../analytics/export-room.ts';
import { analyticsRoutes } from '../../analytics/router.ts';
import { StoreDirectory } from '../../auth/store-directory.ts';
import { untimedAdmission } from '../../http/testing/untimed-admission.ts';
import { createApp } from '../../http/create-app.ts';
import { OpenStreams } from '../../http/open-streams.ts';
import { mountPages } from '../../http/mount-pages.ts';
import { RateLimit } from '../../http/rate-limit.ts';
import { loadStaticFiles } from '../../http/static-files.ts';
import { LiveResources } from '../../live/live-resources.ts';
import { liveRoute } from '../../live/live-route.ts';
import { ReconciledDays } from '../../ops/reconciled-days.ts';
import { reconciliationRoute } from '../../ops/reconciliation.ts';
import { credentialOf, sessionRoutes } from '../session.ts';

const secret = 'a secret of this test alone';
const skus = ['85123A', '22423', '47566', '85099B', '20725', '84879', '22720', '23084'];

/**
 * The page, its API and a ClickHouse database of its own, with an hour of sales up to now in one partition. `away()`
 * takes the database from it, `sellMore` adds one order. For tests, and to look at the page while changing it.
 */
export async function serveDashboard(clickhouseUrl: string, sales = 240) {
  const database = `dashboard_${randomUUID().replaceAll('-', '')}`;
  await createDatabase({ url: clickhouseUrl, database: database });
  const clickhouse = connectClickhouse({ url: clickhouseUrl, database: database });
  await migrate(clickhouse);
  const fold = createLedgerFold({
    ledger: createClickhouseLedger(clickhouse),
    rule: { intervalMs: 2_000, rowsMax: 50_000 },
  });
  const at = { topic: 'orders.events.v1', partition: 0 };
  const nowMs = Date.now();
  const journal = createJournal('w', nowMs - 3_300_000);
  const lineOf = (i: number) => ({
    sku: skus[(i * i) % skus.length] ?? '',
    quantity: 1 + (i % 5),
    unitMinor: 255 + 60 * (i % 7),
  });
  for (let i = 0; i < sales; i += 1) {
    const swing = 1 + Math.sin(i / 12) * 0.7;
    journal.wait(Math.floor((3_100_000 / sales) * swing));
    const currency = i % 4 === 3 ? { currency: 'EUR' } : {};
    // Of every eleventh order a piece comes back.
    const lines = [lineOf(i), lineOf(i + 3)];
    if (i % 11 === 0 || i % 11 === 3) journal.live(`sale-${i}`, lines, currency);
    else journal.sell(`sale-${i}`, lines, currency);
    if (i % 17 === 0) {
      const unsold = orderPlaced(`unsold-${i}`, [{ sku: 'UNSOLD', quantity: 1, unitMinor: 1 }]);
      journal.add(unsold);
      journal.add({
        type: 'OrderClosed',
        store: 'demo',
        orderId: unsold.orderId,
        as: i % 2 === 0 ? 'Rejected' : 'Declined',
        reason: 'test',
        currency: 'GBP',
        totalMinor: 1,
        placedAtMs: 0,
        orderedAtMs: null,
      });
    }
  }
  let atMs = journal.wait(0);
  const tick = (): void => {
    atMs = journal.wait(Math.max(0, Date.now() - atMs));
    journal.tick();
  };
  tick();
  let read = 0;
  const flush = async (): Promise<void> => {
    if (read === 0) await fold.position(at);
    await fold.apply(at, batchOf(journal.events, read, at));
    read = journal.events.length;
  };
  await flush();

  const directory = new StoreDirectory();
  const key = createApiKey('test');
  directory.apply({
    store: 'demo',
    atMs: 0,
    requestId: null,
    body: {
      type: 'StorePut',
      name: 'Demo store',
      timeZone: 'Europe/London',
      currencies: ['GBP', 'EUR'],
      live: false,
      taxRule: 'exclusive',
      shippingMinor: 0,
      shippingTaxBp: 0,
      dailyQuota: null,
    },
  });
  const putKey = ({ keyId, sha256 }: typeof key): void =>
    directory.apply({
      store: 'demo',
      atMs: 0,
      requestId: null,
      body: {
        type: 'KeyPut',
        keyId,
        sha256,
        label: '',
        scopes: ['analytics:read'],
        expiresAtMs: null,
        dailyQuota: null,
      },
    });
  putKey(key);
  const reconciled = new ReconciledDays();
  let aheadMs = 0;
  const reportsNowMs = (): number => Date.now() + aheadMs;
  const [admission, rateLimit, open] = [untimedAdmission(1_000), new RateLimit(0), new OpenStreams()];
  const resources = [
    reconciliationRoute(reconciled),
    ...analyticsRoutes({
      clickhouse,
      exports: new ExportRoom(clickhouse),
      partitions: 1,
      nowMs: reportsNowMs,
      timeZoneOf: () => 'Europe/London',
    }),
    ...sessionRoutes({ secret, storeOf: (store) => directory.storeOf(store), nowMs: Date.now }),
  ];
  const live = new LiveResources(resources, {
    admission,
    rateLimit,
    open,
    rateNowMs: Date.now,
    nowMs: reportsNowMs,
    onFault: () => undefined,
  });
  const routes = [...resources.map((route) => live.streamed(route)), liveRoute(live)];
  const app = createApp({
    door: {
      directory,
      rateLimit,
      admission,
      nowMs: Date.now,
      credentialOf: (request) => credentialOf(secret, request, Date.now()),
    },
    routes,
    mount: (express) => {
      mountPages(express, {
        openApi: { info: { title: 'test' }, paths: {} },
        files: loadStaticFiles(path.resolve(import.meta.dirname, '../built')),
      });
    },
    observe: () => undefined,
  });
  const server = http.createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key: key.text,
    directory,
    /** Event streams that pages have open. */
    open,
    /** Of the store `demo`. */
    reconciled,
    /** Another key of the store. */
    addKey(): typeof key {
      const added = createApiKey('test');
      putKey(added);
      return added;
    },
    /** The key opens nothing any more, and what was opened with it ends. */
    revoke(keyId: string): void {
      const body = { type: 'KeyRevoked', keyId, reason: 'test' } as const;
      directory.apply({ store: 'demo', atMs: 0, requestId: null, body });
      open.endUnless((caller) => directory.isCurrent(caller, Date.now()));
    },
    /** One more order, decided and in the tables; its watermark too. */
    async sellMore(sku: string, minor: number, currency = 'GBP'): Promise<void> {
      atMs = journal.wait(Math.max(0, Date.now() - atMs));
      journal.sell(randomUUID(), [{ sku, quantity: 1, unitMinor: minor }], { currency });
      atMs = journal.wait(2_000); // past a multiple of the flush interval
      journal.tick();
      await flush();
    },
    /** The reports' clock goes so far ahead of the journal's: what was sold lies further back. */
    goAhead(ms: number): void {
      aheadMs = ms;
    },
    /** The tables are away, as with a server that has lost its database; `back` brings them again. */
    away: () => rename(clickhouseUrl, database, `${database}_away`),
    back: () => rename(clickhouseUrl, `${database}_away`, database),
    async close(): Promise<void> {
      open.endAll();
      server.closeAllConnections();
      server.close();
      await clickhouse.command({ query: `DROP DATABASE ${database}` });
      await clickhouse.close();
    },
  };
}

/** Through a client of its own: the other one's database does not exist meanwhile. */
async function rename(url: string, from: string, to: string): Promise<void> {
  const client = connectClickhouse({ url: url, database: 'default' });
  await client.command({ query: `RENAME DATABASE ${from} TO ${to}` });
  await client.close();
}
