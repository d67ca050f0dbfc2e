import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { reactionVersions } from '../../schemas/reactions.ts';
import { messagesOfOrder, messagesOfStock, wordsOf } from './reactions-1.ts';
import type { AnyCommand } from './recording.ts';

interface Golden {
  readonly event: Parameters<typeof messagesOfOrder>[0] & Parameters<typeof messagesOfStock>[0];
  readonly messages: readonly {
    readonly to: string;
    readonly key: string;
    readonly store: string;
    readonly body: object;
  }[];
}

const goldenOf = (file: string): readonly Golden[] =>
  JSON.parse(readFileSync(new URL(`../../processors/${file}`, import.meta.url), 'utf8')) as readonly Golden[];

test.each([
  ['orders', 'orders/golden/react-order-1.json', messagesOfOrder],
  ['stock', 'stock/golden/react-stock-1.json', messagesOfStock],
] as const)(
  'the auditor expects of %s what was recorded when version 1 was released',
  (_, file, messagesOf) => {
    const golden = goldenOf(file);
    expect(golden.flatMap(({ messages }) => messages).length).toBeGreaterThan(3);
    for (const { event, messages } of golden) {
      const sent = messages.map(({ to, key, store, body }) => {
        const command = { store, commandId: null, fingerprint: null, requestId: null, body } as AnyCommand;
        return { to, key, words: wordsOf(command) };
      });
      expect(messagesOf(event)).toEqual(sent);
    }
  },
);

test('a new version of the reactions needs a second evaluation of its own', () => {
  expect(reactionVersions).toEqual({ orders: 1, stock: 1, catalogue: 1 });
});
