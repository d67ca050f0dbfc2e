import type { CommandEnvelope } from '../../../schemas/envelope.ts';
import type { PlaceOrder } from '../../../schemas/generated/orders-commands.ts';
import type { ReceiveStock } from '../../../schemas/generated/stock-commands.ts';
import { orderIdOf } from '../../../schemas/ids.ts';
import { seededRandom } from '../../clients/seeded-random.ts';

/** Saga-lite, the work that peers are measured on (performance.md §1). */
export interface SagaLiteWorkload {
  readonly seed: number;
  readonly skus: number;
  /** Share of the lines on one SKU: 0, or 0.3 for the hot variant. */
  readonly hotShare: number;
}

export const benchStore = 'bench';
export const sagaLiteSkus = 20_000;
export const sagaLitePartitions = 6;

const unitMinor = 255;
/** Fills an order to 329 bytes on the log at the mean of two lines, as a sealed token would. */
const sealedToken = 'v1.master-1.'.padEnd(84, 'x');

const skuAt = (n: number): string => `SKU${String(n).padStart(5, '0')}`;

/** Orders of 1, 2 or 3 lines, equally likely, quantity 1 to 5, SKUs uniform (or 30 % on one). */
export function createOrderSource(
  workload: SagaLiteWorkload,
): (index: number) => CommandEnvelope<PlaceOrder> {
  return (index) => {
    const random = seededRandom(workload.seed * 1_000_003 + index);
    const count = 1 + Math.floor(random() * 3);
    const lines = Array.from({ length: count }, () => {
      const hot = random() < workload.hotShare;
      const sku = skuAt(hot ? 0 : Math.floor(random() * workload.skus));
      const quantity = 1 + Math.floor(random() * 5);
      return {
        sku,
        quantity,
        unitMinor,
        discountMinor: 0,
        shareMinor: 0,
        taxBp: 0,
        taxMinor: 0,
        priceVersion: 1,
      };
    });
    return {
      store: benchStore,
      commandId: null,
      fingerprint: null,
      requestId: null,
      body: {
        type: 'PlaceOrder',
        orderId: orderIdOf(benchStore, `bench-${workload.seed}-${index}`),
        customerId: `c-${index}`,
        currency: 'GBP',
        lines,
        discountMinor: 0,
        shippingMinor: 0,
        shippingTaxMinor: 0,
        totalMinor: lines.reduce((sum, line) => sum + line.quantity * unitMinor, 0),
        taxRule: 'exclusive',
        paymentToken: sealedToken,
        shipTo: null,
        orderedAtMs: null,
        pricedBy: 'catalogue',
      },
    };
  };
}

/** A receipt for each SKU, so large that the stock never runs out. */
export function receiveAllStock(workload: SagaLiteWorkload): readonly CommandEnvelope<ReceiveStock>[] {
  return Array.from({ length: workload.skus }, (_, n) => ({
    store: benchStore,
    commandId: `bench-${workload.seed}-${n}`,
    fingerprint: 'bench',
    requestId: null,
    body: { type: 'ReceiveStock', sku: skuAt(n), quantity: 1_000_000_000, reason: 'opening' },
  }));
}

/** Units ordered of each SKU by orders 0 to `orders` − 1. */
export function orderedUnits(workload: SagaLiteWorkload, orders: number): ReadonlyMap<string, number> {
  const order = createOrderSource(workload);
  const units = new Map<string, number>();
  for (let index = 0; index < orders; index += 1) {
    for (const line of order(index).body.lines) {
      units.set(line.sku, (units.get(line.sku) ?? 0) + line.quantity);
    }
  }
  return units;
}
