import { expect, test } from 'vitest';
import { exitCodes } from '../config/exit-codes.ts';
import { freePort } from '../local/free-port.ts';
import { CliError, sourceUnavailable } from './cli-error.ts';

test('a bug of ours is not told as a source that does not answer', () => {
  for (const bug of [new TypeError('x is not a function'), new RangeError('orders/9 is not watched')])
    expect(sourceUnavailable(bug)).toBe(bug);
});

test('an address where nobody answers is, and so is what a client says', async () => {
  const nobody = await fetch(`http://127.0.0.1:${await freePort(0)}/`).catch((error: unknown) => error);
  expect(nobody).toBeInstanceOf(TypeError);
  for (const cause of [nobody, new Error('Redis at 127.0.0.1:1 lets nobody in')]) {
    const told = sourceUnavailable(cause);
    expect(told).toBeInstanceOf(CliError);
    expect(told).toMatchObject({ code: 'source-unavailable', exitCode: exitCodes.unavailable, cause });
  }
});
