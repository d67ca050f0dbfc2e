import { expect, test } from 'vitest';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import type { OrderView } from '../../schemas/order-view.ts';
import { cutChunks, updatesMax, updatesOf, viewStart } from './batch-plan.ts';
import { orderDocuments } from './order-documents.ts';
import { acceptedJournal, confirmedOrder, placedOrder } from './testing/order-journal.ts';

const orders = (count: number): readonly EventBody[] =>
  Array.from({ length: count }, (_, i) => confirmedOrder(`o-${i}`)).flat();

test('cuts so that no chunk comes to more updates than one call may hold, and loses no record', () => {
  const wide = placedOrder('o-wide', {
    lines: Array.from({ length: 100 }, (_, i) => ({ ...placedOrder('o').lines[0]!, sku: `S${i}` })),
  });
  const accepted = acceptedJournal([
    ...orders(120),
    ...Array.from({ length: 12 }, (_, i) => ({ ...wide, orderId: `w-${i}` })),
  ]);
  const chunks = cutChunks(orderDocuments, viewStart, accepted);
  expect(chunks.flatMap((chunk) => chunk.accepted)).toEqual(accepted);
  expect(chunks.length).toBeGreaterThan(3);
  const before = new Map<string, OrderView>();
  for (const chunk of chunks) {
    expect(updatesOf(orderDocuments, 0, chunk.accepted, before).length).toBeLessThanOrEqual(updatesMax);
  }
});

test('the position names the last record, the highest cause and the last watermark', () => {
  const accepted = acceptedJournal<EventBody>([
    placedOrder('o-1'),
    { type: 'TimePassed', atMs: 1_015 },
    placedOrder('o-2'),
  ]);
  expect(cutChunks(orderDocuments, viewStart, accepted).at(-1)?.next).toEqual({
    offset: 3n,
    seq: 3,
    writer: 'w1',
    cause: 2,
    atMs: 1_015,
  });
  expect(cutChunks(orderDocuments, viewStart, accepted.slice(0, 1)).at(-1)?.next).toMatchObject({
    cause: -1,
    atMs: 0,
  });
});

test('an order that changes its status twice in a chunk is moved once, from the list it stood in', () => {
  const accepted = acceptedJournal(confirmedOrder('o-1'));
  const before = new Map<string, OrderView>();
  updatesOf(orderDocuments, 0, accepted.slice(0, 4), before);
  const updates = updatesOf(orderDocuments, 0, accepted.slice(4), before);
  expect(updates.filter(({ does }) => does !== 'append')).toMatchObject([
    { does: 'set', key: 'v1:{o0}:order:o-1' },
    { does: 'unlist', key: 'v1:{o0}:status:demo:authorizing', member: 'o-1' },
    { does: 'list', key: 'v1:{o0}:status:demo:confirmed', score: 1_010, member: 'o-1' },
  ]);
});

test('a new order stands in all its lists, each SKU once', () => {
  const placed = placedOrder('o-1', {
    lines: ['A', 'B', 'A'].map((sku) => ({ ...placedOrder('o').lines[0]!, sku })),
  });
  const updates = updatesOf(orderDocuments, 0, acceptedJournal([placed]), new Map());
  expect(updates.map(({ does, key }) => `${does} ${key}`)).toEqual([
    'append v1:{o0}:events',
    'set v1:{o0}:order:o-1',
    'list v1:{o0}:created:demo',
    'list v1:{o0}:customer:demo:c-1',
    'list v1:{o0}:sku:demo:A',
    'list v1:{o0}:sku:demo:B',
    'list v1:{o0}:status:demo:holding',
  ]);
});
