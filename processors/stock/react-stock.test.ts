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

/** Recorded when version 1 was released and never edited, only an event it had not is added: a new version gets a new file. */
const golden = JSON.parse(
  readFileSync(new URL('./golden/react-stock-1.json', import.meta.url), 'utf8'),
) as readonly Golden[];

describe('version 1', () => {
  test('is the version stamped on new events', () => {
    expect(reactionVersions.stock).toBe(1);
  });

  test.each(golden)('gives the recorded messages of $event.type under the recorded numbers', (recorded) => {
    expect(reactStock(recorded.event)).toEqual(recorded.messages);
  });

  test.each(golden)('gives as many messages of $event.type as the table says', ({ event }) => {
    const expected = stockReactions[event.type].map(({ to, command }) => [to, command]);
    expect(reactStock(event).map(({ to, body }) => [to, body.type])).toEqual(expected);
  });

  test('is recorded for every event', () => {
    expect(new Set(golden.map(({ event }) => event.type))).toEqual(new Set(Object.keys(stockReactions)));
  });
});
