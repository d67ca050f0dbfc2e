import { partitionOf } from '../../../schemas/murmur2.ts';
import { comparePairs, parseSourceMark, type SourceMark } from '../../../schemas/source-mark.ts';
import { inboxOf } from '../../../schemas/topic-catalogue.ts';
import type { ValidEvent } from './valid-events.ts';
import type { World } from './world.ts';

/** Journals that can be looked into: the model's, or a copy of real ones. */
export interface Books {
  readonly partitions: number;
  valid(processor: 'stock' | 'orders', partition: number): readonly ValidEvent[];
}

/** Commands of the tiny domain, and what must have become of them. */

/** One hold on a SKU for an order; the reply must reach the order once. */
export function placeHold(world: World, holdId: string, sku = 'sku-1', orderId = `o-${holdId}`): void {
  const body = { type: 'PlaceHold', holdId, orderId, customerId: '', sku, quantity: 1, untilMs: 0 };
  world.command('stock', `s/${sku}`, { body });
}

/** `count` holds, spread over SKUs and so over partitions. Returns their ids, sorted. */
export function placeHolds(world: World, count: number, prefix = 'h'): string[] {
  const ids = Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(4, '0')}`);
  ids.forEach((id, i) => placeHold(world, id, `sku-${i % 11}`));
  return ids;
}

/** The holds that stock decided, by the journals' valid events, sorted; each must stand there once. */
export function decided(world: Books): string[] {
  return all(world, 'stock')
    .flatMap(({ body }) => (body.type === 'HoldPlaced' ? [String(body['holdId'])] : []))
    .sort();
}

/** The replies that took effect at the orders, sorted; each must stand there once. */
export function heard(world: Books): string[] {
  return all(world, 'orders')
    .flatMap(({ body }) => (body.type === 'CommandIgnored' ? [String(body['reason'])] : []))
    .sort();
}

/** What breaks the order of the books: seqs with holes, causes or times that fall. Empty if nothing does. */
export function disorder(world: Books): string[] {
  return (['stock', 'orders'] as const).flatMap((processor) =>
    partitionsOf(world).flatMap((partition) => {
      const events = world.valid(processor, partition);
      return events.flatMap((event, i) => {
        const before = events[i - 1];
        const at = `${processor}/${partition} seq ${event.seq}`;
        if (event.seq !== i + 1) return [`${at} stands at place ${i + 1}`];
        if (!before) return [];
        const faults = [];
        if (event.cause.offset < before.cause.offset) faults.push(`${at}: the cause falls`);
        if (event.atMs < before.atMs) faults.push(`${at}: time falls`);
        if (event.routedThrough < before.routedThrough) faults.push(`${at}: routedThrough falls`);
        if (event.routedThrough >= event.seq) faults.push(`${at}: routed before it was written`);
        return faults;
      });
    }),
  );
}

/** Messages whose `prev` is not the pair sent before them from that source. Empty if every chain holds. */
export function brokenChains(world: World): string[] {
  return partitionsOf(world).flatMap((partition) => {
    const last = new Map<string, SourceMark>();
    return world.broker.all({ topic: inboxOf('orders'), partition }).flatMap(({ headers }) => {
      const [header] = headers;
      const mark = header && parseSourceMark(header[1], world.partitions);
      if (!mark || typeof mark === 'string') return [];
      const before = last.get(mark.source);
      if (before && comparePairs(mark.pair, before.pair) <= 0) return [];
      last.set(mark.source, mark);
      const expected = before?.pair ?? null;
      const holds = expected && mark.prev ? comparePairs(expected, mark.prev) === 0 : expected === mark.prev;
      return holds ? [] : [`orders/${partition}: ${JSON.stringify(mark)} after ${JSON.stringify(expected)}`];
    });
  });
}

/** A SKU whose commands go to the partition. */
export function skuOn(world: Pick<Books, 'partitions'>, partition: number): string {
  for (let n = 0; ; n += 1) if (partitionOf(`s/x${n}`, world.partitions) === partition) return `x${n}`;
}

const partitionsOf = (world: Books): number[] =>
  Array.from({ length: world.partitions }, (_, partition) => partition);

function all(world: Books, processor: 'stock' | 'orders') {
  return partitionsOf(world).flatMap((partition) => world.valid(processor, partition));
}
