import type { createStockDomain } from '../../../processors/stock/stock-domain.ts';
import type { Stock, StockCommand } from '../../../processors/stock/stock.ts';
import type { Command } from '../../../schemas/generated/stock-commands.ts';
import { holdIdOf, orderIdOf, skuKeyOf } from '../../../schemas/ids.ts';

export type HoldStep = 'place' | 'commit' | 'ship' | 'release';

const store = 'bench';
const bodies = {
  place: { type: 'PlaceHold', quantity: 1, untilMs: 0 },
  commit: { type: 'CommitHold' },
  ship: { type: 'ShipAllocated', quantity: 1, shipmentId: 'ship' },
  release: { type: 'ReleaseHold', reason: 'expired' },
} as const;

export const stockedSkus = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `SKU-${i}`);

/** One step of the hold of order `name`, of one piece. */
export function holdCommand(step: HoldStep, sku: string, name: string): Command<StockCommand> {
  const orderId = orderIdOf(store, name);
  const hold = { holdId: holdIdOf(orderId, sku), orderId, sku, customerId: name };
  return {
    store,
    commandId: null,
    fingerprint: null,
    requestId: null,
    body: { ...bodies[step], ...hold },
  };
}

/** SKUs that never run out, with so many open holds spread over them. */
export function withOpenHolds(
  domain: ReturnType<typeof createStockDomain>,
  skus: readonly string[],
  holds: number,
  spare = 1_000_000_000,
): Map<string, Stock> {
  const state = new Map<string, Stock>();
  for (let i = 0; i < holds; i += 1) {
    const sku = skus[i % skus.length] ?? '';
    const key = skuKeyOf(store, sku);
    const stock = state.get(key) ?? received(domain, sku, Math.ceil(holds / skus.length) + spare);
    const [placed] = domain.decide(stock, holdCommand('place', sku, `open-${i}`), 0);
    state.set(key, (placed && domain.evolve(stock, placed, 0)) ?? stock);
  }
  return state;
}

/** SKUs with so many open holds and nothing more to give. */
export const soldOut = (
  domain: ReturnType<typeof createStockDomain>,
  skus: readonly string[],
  holds: number,
): Map<string, Stock> => withOpenHolds(domain, skus, holds, 0);

function received(domain: ReturnType<typeof createStockDomain>, sku: string, quantity: number): Stock {
  const body = { type: 'ReceiveStock', sku, quantity, reason: 'opening' } as const;
  const command = { store, commandId: null, fingerprint: null, requestId: null, body };
  const [event] = domain.decide(undefined, command, 0);
  const stock = event && domain.evolve(undefined, event, 0);
  if (!stock) throw new Error(`nothing of ${sku} was received`);
  return stock;
}
