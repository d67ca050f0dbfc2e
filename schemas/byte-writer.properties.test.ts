import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';

const value = fc.oneof(
  fc.record({ is: fc.constant('uint' as const), value: fc.maxSafeNat() }),
  fc.record({ is: fc.constant('int' as const), value: fc.maxSafeInteger() }),
  fc.record({ is: fc.constant('text' as const), value: fc.string({ unit: 'grapheme', maxLength: 300 }) }),
  fc.record({ is: fc.constant('text' as const), value: fc.string({ maxLength: 300 }) }),
  fc.record({ is: fc.constant('flag' as const), value: fc.boolean() }),
  fc.record({ is: fc.constant('raw' as const), value: fc.uint8Array({ maxLength: 5_000 }) }),
);

test('what was written is read back, and nothing is left', () => {
  const to = new ByteWriter();
  fc.assert(
    fc.property(fc.array(value), (values) => {
      to.clear();
      for (const one of values) to[one.is](one.value as never);
      const from = new ByteReader(Buffer.from(to.written()));
      for (const one of values) {
        const read = from[one.is]();
        expect(Buffer.isBuffer(read) ? new Uint8Array(read) : read).toEqual(one.value);
      }
      expect(from.left).toBe(0);
    }),
  );
});

test('bytes that end early, or claim more than there is, are a RangeError', () => {
  const to = new ByteWriter();
  to.text('0123456789');
  const bytes = Buffer.from(to.written());
  for (let end = 0; end < bytes.length; end += 1) {
    expect(() => new ByteReader(bytes, 0, end).text()).toThrow(RangeError);
  }
  expect(() => new ByteReader(Buffer.from([255, 255, 3])).list(() => 1)).toThrow(RangeError);
  expect(() => new ByteReader(Buffer.alloc(9, 255)).uint()).toThrow(RangeError);
});

test.each([-1, 0.5, Number.NaN, 2 ** 53, undefined])('refuses %s where a whole number must stand', (bad) => {
  expect(() => new ByteWriter().uint(bad as number)).toThrow(RangeError);
});
