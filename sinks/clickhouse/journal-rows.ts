import type { EventBody as OrdersEventBody } from '../../schemas/generated/orders-events.ts';
import type { EventBody as StockEventBody } from '../../schemas/generated/stock-events.ts';
import type { AddRows } from './cut-blocks.ts';
import { orderEventRow } from './order-event-row.ts';
import { addOrderRows } from './order-rows.ts';
import { addStockRows } from './stock-rows.ts';

/** All rows of an event of the orders journal; under rows 1 without its lineage. */
export const ordersJournalRows: AddRows<OrdersEventBody> = (rows, { partition, event, offset, rule }) => {
  addOrderRows(rows, partition, event);
  const lineage = rule.rows === 1 ? null : orderEventRow(partition, event, offset);
  if (lineage) rows.order_events.push(lineage);
};

/** All rows of an event of the stock journal. */
export const stockJournalRows: AddRows<StockEventBody> = (rows, { partition, event }) =>
  addStockRows(rows, partition, event);
