import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { reactionVersions } from '../../schemas/reactions.ts';
import { type ExpectedMessage, wordsOf } from './message-words.ts';
import * as version1 from './reactions-1.ts';
import * as version2 from './reactions-2.ts';
import type { AnyCommand } from './recording.ts';

interface Golden {
  readonly event: Parameters<typeof version1.messagesOfOrder>[0] &
    Parameters<typeof version1.messagesOfStock>[0];
  readonly messages: readonly {
    readonly to: string;
    readonly key: string;
    readonly store: string;
    readonly body: object;
  }[];
}

const goldenOf = (file: string): readonly Golden[] =>
  JSON.parse(readFileSync(new URL(`../../processors/${file}`, import.meta.url), 'utf8')) as readonly Golden[];

type MessagesOf = (event: Golden['event']) => readonly ExpectedMessage[];

test.each<readonly [string, string, MessagesOf]>([
  ['orders', 'orders/golden/react-order-1.json', version1.messagesOfOrder],
  ['stock', 'stock/golden/react-stock-1.json', version1.messagesOfStock],
  ['orders', 'orders/golden/react-order-2.json', version2.messagesOfOrder],
  ['stock', 'stock/golden/react-stock-2.json', version2.messagesOfStock],
])('the auditor expects of %s what was recorded when %s was released', (_, file, messagesOf) => {
  const golden = goldenOf(file);
  expect(golden.flatMap(({ messages }) => messages).length).toBeGreaterThan(3);
  for (const { event, messages } of golden) {
    const sent = messages.map(({ to, key, store, body }) => {
      const command = { store, commandId: null, fingerprint: null, requestId: null, body } as AnyCommand;
      return { to, key, words: wordsOf(command) };
    });
    expect(messagesOf(event)).toEqual(sent);
  }
});

test('a new version of the reactions needs a second evaluation of its own', () => {
  expect(reactionVersions).toEqual({ orders: 2, stock: 2, catalogue: 1 });
});
