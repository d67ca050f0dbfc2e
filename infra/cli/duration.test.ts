import { expect, test } from 'vitest';
import { duration } from './duration.ts';

const read = duration(5, 86_400);

test.each([
  ['20', 20],
  ['20s', 20],
  ['5m', 300],
  ['24h', 86_400],
])('%s is %i seconds', (text, seconds) => expect(read(text)).toBe(seconds));

test.each(['4', '25h', '', 's', '-5', '1.5m', '5 m', '20S', '9999999999'])(
  '%j is refused with the limits',
  (text) => expect(() => read(text)).toThrow('wanted 5 to 86400 seconds, for example 5s, 5m or 1h.'),
);
