import { expect, test } from 'vitest';
import { inboxOf, journalOf } from '../../schemas/topic-catalogue.ts';
import { placeHolds } from './testing/commands.ts';
import { counter, echo } from './testing/tiny-processors.ts';
import { World } from './testing/world.ts';

test('slices of all tasks, and the messages of the slices before, go together in one send a leader', async () => {
  const world = new World(8);
  const stock = world.start('stock-a', counter);
  const orders = world.start('orders-a', echo);
  await world.clock.until('ready', () => [stock, orders].every(({ tasks }) => tasks.notReady() === null));
  await world.clock.advance(900);
  // The model's leaders: even partitions and odd ones. What one send holds reaches the broker at one time.
  const sends = new Map<string, Set<string>>();
  world.broker.faultOf = ({ topic, partition }, client) => {
    if (client !== 'stock-a') return null;
    const send = `${world.clock.nowMs()} to ${partition % 2}`;
    sends.set(send, (sends.get(send) ?? new Set()).add(`${topic}/${partition}`));
    return null;
  };
  placeHolds(world, 600);
  await world.clock.advance(60);
  const held = [...sends.values()].map((partitions) => [...partitions]);
  const slices = held.map(
    (partitions) => partitions.filter((at) => at.startsWith(journalOf('stock'))).length,
  );
  const messages = held.map(
    (partitions) => partitions.filter((at) => at.startsWith(inboxOf('orders'))).length,
  );
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  expect(Math.max(...slices)).toBe(4);
  expect(sum(slices)).toBeGreaterThan(25);
  expect(held.length).toBeLessThan((sum(slices) + sum(messages)) / 4);
});
