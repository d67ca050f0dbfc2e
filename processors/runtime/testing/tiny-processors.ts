import type { CommandEnvelope } from '../../../schemas/envelope.ts';
import type { CommandBody as OrderCommand } from '../../../schemas/generated/orders-commands.ts';
import type { EventBody as OrderEvent } from '../../../schemas/generated/orders-events.ts';
import type { CommandBody as StockCommand } from '../../../schemas/generated/stock-commands.ts';
import type { EventBody as StockEvent } from '../../../schemas/generated/stock-events.ts';
import { skuKeyOf } from '../../../schemas/ids.ts';
import type { Processor } from '../processor.ts';

/**
 * The smallest domain that uses all of the runtime, over the real schemas. A SKU adds up what it receives; a
 * hold only takes note, and tells its order and every order named after a comma in `customerId`.
 */
export interface Counter {
  onHand: number;
  holds: number;
  commandIds: string[];
}

export const counter: Processor<Counter, StockCommand, StockEvent> = {
  name: 'stock',
  reactionVersion: 1,
  keyOfCommand: ({ store, body }) => skuKeyOf(store, 'sku' in body ? body.sku : ''),
  keyOfEvent: (event) =>
    'sku' in event ? skuKeyOf(event.store, event.sku) : 'key' in event ? event.key : '',
  check: (_, { store, body }) => {
    if (store === 'other') return 'store-mismatch';
    return 'quantity' in body && body.quantity < 0 ? 'semantic' : null;
  },
  decide(state, command, atMs): readonly StockEvent[] {
    const { store, commandId, fingerprint, requestId, body } = command;
    if (body.type === 'ReceiveStock') {
      if (body.reason === 'throw') throw new Error('a bug in the domain');
      if (commandId !== null && state?.commandIds.includes(commandId)) return [];
      return [{ ...body, type: 'StockReceived', store, commandId, fingerprint, requestId }];
    }
    if (body.type === 'PlaceHold') {
      if (body.holdId === 'silent') return [];
      const held = { ...body, type: 'HoldPlaced', store, untilMs: atMs, repeat: false } as const;
      return body.customerId === '' ? [held] : [held, { ...held, holdId: `${body.holdId}-again` }];
    }
    const key = counter.keyOfCommand(command);
    return [{ type: 'CommandIgnored', command: body.type, key, reason: 'tiny', commandId, fingerprint }];
  },
  evolve(state, event) {
    const next = state ?? { onHand: 0, holds: 0, commandIds: [] };
    if (event.type === 'StockReceived') {
      next.onHand += event.quantity;
      if (event.commandId !== null) next.commandIds.push(event.commandId);
    }
    if (event.type === 'HoldPlaced') next.holds += 1;
    return next;
  },
  format: {
    version: 'tiny-1',
    write({ onHand, holds, commandIds }, to) {
      to.int(onHand);
      to.uint(holds);
      to.list(commandIds, (id) => to.text(id));
    },
    read: (from) => ({ onHand: from.int(), holds: from.uint(), commandIds: from.list(() => from.text()) }),
  },
  react(event) {
    if (event.type !== 'HoldPlaced') return [];
    const { store, holdId, sku, quantity } = event;
    const orders = [event.orderId, ...event.customerId.split(',').filter((id) => id !== '')];
    return orders.map((orderId) => ({
      to: 'orders',
      key: orderId,
      store,
      body: { type: 'HoldPlaced', holdId, orderId, sku, quantity },
    }));
  },
};

/** An order that only listens: it takes note of each reply, once. */
export interface Echo {
  heard: string[];
}

export const echo: Processor<Echo, OrderCommand, OrderEvent> = {
  name: 'orders',
  reactionVersion: 1,
  keyOfCommand: ({ body }) => ('orderId' in body ? body.orderId : ''),
  keyOfEvent: (event) => ('key' in event ? event.key : ''),
  check: () => null,
  decide: (_, command: CommandEnvelope<OrderCommand>): readonly OrderEvent[] => {
    const { body, commandId, fingerprint } = command;
    const reason = 'holdId' in body ? body.holdId : 'none';
    const key = echo.keyOfCommand(command);
    return [{ type: 'CommandIgnored', command: body.type, key, reason, commandId, fingerprint }];
  },
  evolve(state, event) {
    const next = state ?? { heard: [] };
    if (event.type === 'CommandIgnored') next.heard.push(event.reason);
    return next;
  },
  react: () => [],
  format: {
    version: 'echo-1',
    write: ({ heard }, to) => to.list(heard, (id) => to.text(id)),
    read: (from) => ({ heard: from.list(() => from.text()) }),
  },
};
