import { randomUUID } from 'node:crypto';
import { createCatalogueDomain } from '../../processors/catalogue/catalogue-domain.ts';
import { orders, placeOrderOf, store } from '../../processors/orders/testing/orders-fixture.ts';
import { workerConsumer } from '../../processors/payments/testing/worker-consumer.ts';
import { processorConsumer } from '../../processors/runtime/testing/processor-consumer.ts';
import { createStockDomain } from '../../processors/stock/stock-domain.ts';
import { viewConsumer } from '../../processors/views/testing/view-consumer.ts';
import { orderIdOf, skuKeyOf } from '../../schemas/ids.ts';
import { sinkConsumer } from '../../sinks/clickhouse/testing/sink-consumer.ts';
import { describeConsumers } from './testing/consumer.contract.ts';

const newSku = (): string => `S${randomUUID().slice(0, 13).toUpperCase()}`;
const keyOfSku = (sku: string): string => skuKeyOf(store, sku);
const idIf = (isEffect: boolean, id: unknown): string | null => (isEffect ? String(id) : null);

describeConsumers([
  processorConsumer({
    processor: orders,
    store,
    newId: () => orderIdOf(store, randomUUID()),
    keyOf: (orderId) => orderId,
    bodyOf: (orderId) => placeOrderOf([{}], { orderId }),
    effectOf: (body) => idIf(body.type === 'OrderPlaced', body['orderId']),
  }),
  processorConsumer({
    processor: createStockDomain(),
    store,
    newId: newSku,
    keyOf: keyOfSku,
    bodyOf: (sku) => ({ type: 'ReceiveStock' as const, sku, quantity: 1, reason: 'contract' }),
    effectOf: (body) => idIf(body.type === 'StockReceived', body['sku']),
  }),
  processorConsumer({
    processor: createCatalogueDomain(),
    store,
    newId: newSku,
    keyOf: keyOfSku,
    bodyOf: (sku) => ({
      type: 'PutProduct' as const,
      sku,
      name: 'a thing',
      prices: [{ currency: 'GBP', unitMinor: 100 }],
      taxBp: 0,
      ifVersion: null,
    }),
    effectOf: (body) => idIf(body.type === 'ProductPut', body['sku']),
  }),
  workerConsumer,
  viewConsumer,
  sinkConsumer,
]);
