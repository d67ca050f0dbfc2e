import { expect, test } from 'vitest';
import { createApiKey, digestApiKey, parseApiKey } from './api-key.ts';

test('a created key is read back with its kind and id, and its digest is that of its text', () => {
  const key = createApiKey('test');
  expect(key.text).toMatch(/^mr_test_/);
  expect(parseApiKey(key.text)).toEqual({ kind: 'test', keyId: key.keyId });
  expect(digestApiKey(key.text)).toBe(key.sha256);
  expect(key.sha256).toMatch(/^[0-9a-f]{64}$/);
});

test('two keys differ in id and secret', () => {
  expect(createApiKey('live').text.slice(8)).not.toBe(createApiKey('live').text.slice(8));
});

test('one changed character anywhere is no key', () => {
  const { text } = createApiKey('live');
  for (let i = 0; i < text.length; i += 1) {
    const other = text[i] === 'a' ? 'b' : 'a';
    expect(parseApiKey(text.slice(0, i) + other + text.slice(i + 1))).toBeNull();
  }
});

test.each(['', 'mr_test_', '!!!', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.'])('%j is no key', (text) => {
  expect(parseApiKey(text)).toBeNull();
});

test('a key with anything after it is no key', () => {
  expect(parseApiKey(`${createApiKey('test').text}\n`)).toBeNull();
});
