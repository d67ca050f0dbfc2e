import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { stockReactions, reactionVersions } from '../../schemas/reactions.ts';
import type { StockEvent } from './stock.ts';
import { reactStock } from './react-stock.ts';

interface Golden {
  readonly event: StockEvent;
  /** In their order: the position is the message's number. */
  readonly messages: unknown;
}

/** Recorded when the version was released and never edited: a new version gets a new file. */
const goldenOf = (version: number): readonly Golden[] =>
  JSON.parse(
    readFileSync(new URL(`./golden/react-stock-${version}.json`, import.meta.url), 'utf8'),
  ) as readonly Golden[];

describe.each([1, 2])('version %i', (version) => {
  const golden = goldenOf(version);

  test.each(golden)('gives the recorded messages of $event.type under the recorded numbers', (recorded) => {
    expect(reactStock(recorded.event)).toEqual(recorded.messages);
  });

  test.each(golden)('gives as many messages of $event.type as the table says', ({ event }) => {
    const expected = stockReactions[event.type].map(({ to, command }) => [to, command]);
    expect(reactStock(event).map(({ to, body }) => [to, body.type])).toEqual(expected);
  });
});

test('version 2 is the version stamped on new events, and is recorded for every event', () => {
  expect(reactionVersions.stock).toBe(2);
  expect(new Set(goldenOf(2).map(({ event }) => event.type))).toEqual(new Set(Object.keys(stockReactions)));
});
