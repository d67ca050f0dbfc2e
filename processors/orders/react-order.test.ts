import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { orderReactions, reactionVersions } from '../../schemas/reactions.ts';
import type { OrderEvent } from './order.ts';
import { reactOrder } from './react-order.ts';

interface Golden {
  readonly event: OrderEvent;
  /** In their order: the position is the message's number. */
  readonly messages: unknown;
}

/** Recorded when the version was released and never edited: a new version gets a new file. */
const goldenOf = (version: number): readonly Golden[] =>
  JSON.parse(
    readFileSync(new URL(`./golden/react-order-${version}.json`, import.meta.url), 'utf8'),
  ) as readonly Golden[];

test('the version stamped on new events is the newest recorded', () => {
  expect(reactionVersions.orders).toBe(2);
});

describe.each([1, 2])('version %i', (version) => {
  test.each(goldenOf(version))(
    'gives the recorded messages of $event.type under the recorded numbers',
    (recorded) => {
      expect(reactOrder(recorded.event)).toEqual(recorded.messages);
    },
  );

  test.each(goldenOf(version))('gives as many messages of $event.type as the table says', ({ event }) => {
    const flags = event as unknown as Readonly<Record<string, unknown>>;
    const lists = event as unknown as Readonly<Record<string, readonly unknown[]>>;
    const expected = orderReactions[event.type].flatMap(({ to, command, each, where }) => {
      if (where !== null && flags[where] !== true) return [];
      return each === null ? [[to, command]] : (lists[each] ?? []).map(() => [to, command]);
    });
    expect(reactOrder(event).map(({ to, body }) => [to, body.type])).toEqual(expected);
  });
});

test('every event is recorded', () => {
  const types = [1, 2].flatMap(goldenOf).map(({ event }) => event.type);
  expect(new Set(types)).toEqual(new Set(Object.keys(orderReactions)));
});
