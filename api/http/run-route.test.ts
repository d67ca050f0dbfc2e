import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import type { Principal } from '../auth/store-directory.ts';
import { contextOf } from './request-context.ts';
import { type Doorkeeper, isOfKey } from './run-route.ts';

const owner: Principal = { store: 'S', keyId: 'k', scopes: new Set() };
const visitor: Principal = { ...owner, customerId: 'visitor-1' };

/** A door that knows one key and one visitor's token. */
const door = {
  directory: {
    authenticate: (text: string) => ({ key: owner, token: visitor })[text] ?? null,
    isCurrent: () => true,
  },
  nowMs: () => 0,
} as unknown as Doorkeeper;
const requestOf = (text: string) =>
  ({ headers: { authorization: `Bearer ${text}` } }) as unknown as IncomingMessage;

test.each([
  ['the owner of a key', 'key', owner, true],
  ['a visitor of the shop: anybody has as many tokens as he likes', 'token', visitor, false],
  ['nobody', 'made up', null, false],
])('who is in front, and who is remembered: %s', (_, text, caller, isFirst) => {
  const request = requestOf(text);
  expect(isOfKey(door, request)).toBe(isFirst);
  expect(contextOf(request).caller).toBe(caller);
});
