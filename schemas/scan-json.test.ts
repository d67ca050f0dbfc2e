import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { scanJson } from './scan-json.ts';

test.each([
  ['1', 0],
  ['{}', 1],
  ['{"a":[{"b":1}]}', 3],
  ['{"a":"[[[["}', 1],
  ['{"a":"\\"[["}', 1],
])('%s is %d levels deep', (text, depth) => {
  expect(scanJson(text, 20).depth).toBe(depth);
});

test.each([
  ['{"a":1,"a":2}', 'duplicate-key'],
  ['{"x":{"a":1,"b":[1,2],"a":2}}', 'duplicate-key'],
  ['{"a":1,"\\u0061":2}', 'duplicate-key'],
  ['{"__proto__":1}', 'forbidden-key'],
  ['{"__pr\\u006fto__":1}', 'forbidden-key'],
  ['{"x":[{"constructor":1}]}', 'forbidden-key'],
  ['{"a":{"b":1},"c":{"b":1}}', null],
  ['[{"a":1},{"a":1}]', null],
  ['{"a":"a","b":"a"}', null],
  ['{"a":"__proto__"}', null],
  ['["a","a"]', null],
])('%s: %s', (text, fault) => {
  expect(scanJson(text, 20).keyFault).toBe(fault);
});

test('whatever JSON.stringify makes has no faulty key, and its true depth', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      fc.pre(!/__proto__|constructor|prototype/.test(JSON.stringify(value)));
      expect(scanJson(JSON.stringify(value), 20)).toEqual({ depth: depthOf(value), keyFault: null });
    }),
  );
});

test('never throws, whatever the text', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', 'u', 'a') }),
      (text) => {
        scanJson(text, 20);
      },
    ),
  );
});

test('finds half a million levels at once', () => {
  expect(scanJson(`{"x":${'['.repeat(500_000)}`, 20).depth).toBe(21);
});
