import type { ClickHouseClient } from '../infra/clients/clickhouse.ts';
import { LiveViews } from '../infra/clients/live-views.ts';
import type { HintReader } from '../infra/psp/psp.ts';
import type { Redis } from '../infra/clients/redis.ts';
import type { Codecs, SchemaRegistry } from '../infra/clients/schema-registry.ts';
import type { Erasures } from './orders/erasures.ts';
import type { CustomerSealer } from '../infra/clients/customer-keys/customer-sealer.ts';
import type { Intake } from '../producers/intake/intake.ts';
import type { ExportRoom } from './analytics/export-room.ts';
import { analyticsRoutes } from './analytics/router.ts';
import type { StoreDirectory } from './auth/store-directory.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import { getProductRoute } from './catalogue/get-product.ts';
import { listProductsRoute } from './catalogue/list-products.ts';
import { putProductRoute } from './catalogue/put-product.ts';
import { relatedProductsRoute } from './catalogue/related-products.ts';
import { retireProductRoute } from './catalogue/retire-product.ts';
import { trendingProductsRoute } from './catalogue/trending-products.ts';
import { sessionRoutes } from './dashboard/session.ts';
import { createVisitorRoute } from './shop/create-visitor.ts';
import type { Visitors } from './shop/visitors.ts';
import type { OpenStreams } from './http/open-streams.ts';
import type { Route } from './http/route.ts';
import type { Claims } from './idempotency/claims.ts';
import type { DailyQuotas } from './idempotency/daily-quotas.ts';
import { LiveResources, type LiveParts } from './live/live-resources.ts';
import { liveRoute } from './live/live-route.ts';
import type { Announce } from './ops/announce.ts';
import { groupRoutes } from './ops/groups.ts';
import { auditRecordsRoute } from './ops/audit-records.ts';
import type { AuditTail } from './ops/audit-tail.ts';
import type { LagLook } from './ops/lag-look.ts';
import type { ReconciledDays } from './ops/reconciled-days.ts';
import { reconciliationRoute } from './ops/reconciliation.ts';
import { resolvePaymentRoute } from './ops/resolve-payment.ts';
import { stuckOrdersRoute } from './ops/stuck-orders.ts';
import { viewsRoute } from './ops/views.ts';
import { orderActionRoutes } from './orders/actions/action-routes.ts';
import { getOrderRoute } from './orders/get-order.ts';
import { listOrdersRoute } from './orders/list-orders.ts';
import { orderEventsRoute } from './orders/order-events.ts';
import { placeOrderRoute } from './orders/place-order.ts';
import { getStockRoute } from './stock/get-stock.ts';
import { listStockRoute } from './stock/list-stock.ts';
import { recordMovementRoute } from './stock/record-movement.ts';
import type { KeptRequests } from './requests/kept-requests.ts';
import { listKeysRoute } from './requests/list-keys.ts';
import { listRequestsRoute } from './requests/list-requests.ts';
import { createQuoteRoute, type QuoteParts } from './quotes/create-quote.ts';
import { OrderEventStream } from './views/order-event-stream.ts';
import { OrderEventTail } from './views/order-event-tail.ts';
import { OrderIndex } from './views/order-index.ts';
import { OrderLook } from './views/order-look.ts';
import { OrderReader } from './views/order-reader.ts';
import { StockIndex } from './views/stock-index.ts';
import { takeWebhookRoute } from './webhooks/take-webhook.ts';
import type { WebhookMetrics } from './webhooks/webhook-metrics.ts';
import { WaitingOrders } from './views/waiting-orders.ts';
import { ViewPositions } from './views/view-positions.ts';

export interface RouteParts {
  readonly directory: StoreDirectory;
  readonly visitors: Visitors;
  readonly catalogue: Catalogue;
  readonly reconciled: ReconciledDays;
  readonly codecs: Codecs;
  readonly learnWriter: SchemaRegistry['learnWriter'];
  readonly claims: Claims;
  readonly quotas: DailyQuotas;
  readonly intake: Intake;
  readonly sealer: CustomerSealer;
  /** The audit log: whatever is privileged goes there first. */
  readonly announce: Announce;
  readonly erasures: Erasures;
  readonly redis: Redis;
  readonly clickhouse: ClickHouseClient;
  readonly exports: ExportRoom;
  readonly partitions: number;
  readonly fingerprintSecret: string;
  readonly cursorSecret: string;
  readonly quoteSecrets: readonly string[];
  readonly takes: QuoteParts['takes'];
  readonly lag: LagLook;
  readonly kept: KeptRequests;
  readonly auditTail: AuditTail;
  /** Readers of providers' webhooks by the provider's name. */
  readonly hintReaders: ReadonlyMap<string, HintReader>;
  readonly webhooks: WebhookMetrics;
  /** Offset the next record of each partition of the orders inbox will get. */
  readonly endsOfOrdersInbox: () => Promise<ReadonlyMap<number, number>>;
  readonly nowMs: () => number;
  /** Open event streams, to end them with the process or with their key. */
  readonly open: OpenStreams;
  /** What the streams of live resources need beside. */
  readonly live: Omit<LiveParts, 'nowMs' | 'open'>;
  /** Aborted when the process stops and can wait no longer for views that are behind. */
  readonly leaving: AbortSignal;
}

/** Every route of the API, in the order of the document. */
export function createRoutes(parts: RouteParts): readonly Route[] {
  const { open, nowMs } = parts;
  const routes = resourceRoutes(parts);
  const live = new LiveResources(routes, { ...parts.live, open, nowMs });
  return [...routes.map((route) => live.streamed(route)), liveRoute(live)];
}

function resourceRoutes(parts: RouteParts): readonly Route[] {
  const { redis, codecs, partitions, nowMs, directory, erasures } = parts;
  const views = new LiveViews(redis);
  const reads = {
    orders: new OrderReader(views, partitions, {
      codec: codecs['orders.commands.v1'],
      learnWriter: parts.learnWriter,
    }),
    positions: new ViewPositions(
      (partition) =>
        views.orders(partition, (keys) => redis.hmget(keys.position(partition), 'cause', 'atMs')),
      parts.leaving,
    ),
    partitions,
    nowMs,
  };
  const stream = new OrderEventStream(views);
  const actions = {
    ...parts,
    codec: codecs['orders.commands.v1'],
    look: new OrderLook({ ...reads, endsOfInbox: parts.endsOfOrdersInbox }),
  };
  return [
    placeOrderRoute({
      ...parts,
      codec: codecs['orders.commands.v1'],
      orders: reads.orders,
    }),
    listOrdersRoute({ index: new OrderIndex(views, partitions), erasures, cursorSecret: parts.cursorSecret }),
    getOrderRoute({ ...reads, erasures, stream, clickhouse: parts.clickhouse }),
    orderEventsRoute({ ...reads, stream, tail: new OrderEventTail(stream), open: parts.open }),
    ...orderActionRoutes(actions),
    takeWebhookRoute({ ...parts, codec: codecs['orders.commands.v1'] }),
    getStockRoute({
      views,
      positions: new ViewPositions(
        (partition) =>
          views.stock(partition, (keys) => redis.hmget(keys.position(partition), 'cause', 'atMs')),
        parts.leaving,
      ),
      partitions,
      nowMs,
    }),
    listStockRoute({ index: new StockIndex(views, partitions), cursorSecret: parts.cursorSecret }),
    recordMovementRoute({ ...parts, codec: codecs['stock.commands.v1'] }),
    createQuoteRoute(parts),
    listProductsRoute(parts),
    trendingProductsRoute(parts), // before the route whose parameter takes any word
    getProductRoute(parts),
    relatedProductsRoute(parts),
    putProductRoute({ ...parts, codec: codecs['catalogue.commands.v1'] }),
    retireProductRoute({ ...parts, codec: codecs['catalogue.commands.v1'] }),
    ...analyticsRoutes({
      clickhouse: parts.clickhouse,
      exports: parts.exports,
      partitions,
      nowMs,
      timeZoneOf: (store) => directory.storeOf(store)?.timeZone ?? 'UTC',
    }),
    ...groupRoutes(parts.lag),
    stuckOrdersRoute(new WaitingOrders(views, partitions)),
    reconciliationRoute(parts.reconciled),
    resolvePaymentRoute({ ...actions, ...reads }),
    viewsRoute(redis, partitions),
    auditRecordsRoute(parts.auditTail, directory),
    listKeysRoute(parts),
    listRequestsRoute(parts.kept),
    createVisitorRoute(parts),
    ...sessionRoutes({
      secret: parts.cursorSecret,
      storeOf: (store) => directory.storeOf(store),
      nowMs,
    }),
  ];
}
