import type { ClickHouseClient } from '../../../infra/clients/clickhouse.ts';
import type { OrderView } from '../../../schemas/order-view.ts';
import { readOrderLedger } from '../../views/order-ledger.ts';
import type { OrderEventStream } from '../../views/order-event-stream.ts';
import type { SeenOrder } from '../../views/order-reader.ts';
import type { Expansion } from './expand-query.ts';
import { type ExpandedAnswer, toExpanded } from './expanded-answer.ts';
import { toHistory } from './order-history.ts';

export interface ExpandParts {
  readonly stream: Pick<OrderEventStream, 'of'>;
  readonly clickhouse: ClickHouseClient;
}

/**
 * The history of an order: from the ledger, which keeps every event for ever and is some seconds behind, and from the
 * streams of the view, which have the newest. Where the ledger is away the answer says so.
 */
export async function expandOrder(
  { stream, clickhouse }: ExpandParts,
  order: OrderView,
  { partition, position }: Pick<SeenOrder, 'partition' | 'position'>,
  asked: ReadonlySet<Expansion>,
): Promise<ExpandedAnswer> {
  const newest = Number(order.position.slice(order.position.indexOf('.') + 1));
  const [ledger, streamed] = await Promise.all([
    readOrderLedger(clickhouse, order, partition),
    stream.of(partition, order.orderId, newest),
  ]);
  return toExpanded(order, { partition, position }, toHistory(order, ledger, streamed), asked);
}
