import { expect, test } from 'vitest';
import { OpenStreams } from './open-streams.ts';

/** A stream that says what became of it. */
function fakeStream() {
  let closed = (): void => undefined;
  const stream = {
    isEnded: false,
    end: () => {
      stream.isEnded = true;
      closed();
    },
    onClose: (listener: () => void) => void (closed = listener),
  };
  return stream;
}

test('streams end with their key, the others stay open', () => {
  const open = new OpenStreams();
  const [a, b, c] = [fakeStream(), fakeStream(), fakeStream()];
  open.add(a, 'k-1');
  open.add(b, 'k-2');
  open.add(c, 'k-1');
  open.endUnless((keyId) => keyId !== 'k-1');
  expect([a, b, c].map(({ isEnded }) => isEnded)).toEqual([true, false, true]);
  expect(open.size).toBe(1);
  open.endAll();
  expect([b.isEnded, open.size]).toEqual([true, 0]);
});
