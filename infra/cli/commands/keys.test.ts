import { expect, test, vi } from 'vitest';
import { exitCodes } from '../../config/exit-codes.ts';
import { runCli } from '../run-cli.ts';
import * as keys from './keys.ts';

/** Runs a command line that must be refused before anything is asked of an engine. */
async function refused(...args: readonly string[]) {
  const told: string[] = [];
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => told.push(String(text)) > 0);
  const code = await runCli([keys], ['keys', ...args]);
  write.mockRestore();
  return { code, told: told.join('') };
}

test.each([
  [
    'a scope that does not exist',
    ['create', '--store', 's', '--scopes', 'orders:all'],
    'there are orders:read',
  ],
  ['no store', ['create', '--scopes', 'orders:read'], '--store'],
  ['no date', ['create', '--store', 's', '--scopes', 'orders:read', '--expires', 'soon'], '90d'],
  ['no instant', ['create', '--store', 's', '--scopes', 'orders:read', '--expires', '2027-02-31'], '90d'],
  ['two kinds', ['create', '--store', 's', '--scopes', 'orders:read', '--test', '--live'], '--live'],
  ['a label of many lines', ['create', '--store', 's', '--scopes', 'orders:read', '--label', 'a\nb'], 'A-Z'],
  [
    'no quota at all',
    ['create', '--store', 's', '--scopes', 'orders:read', '--daily-quota', '0'],
    'from 1 to',
  ],
  ['a revocation without a reason', ['revoke', 'ff'], '--reason'],
])('%s is a usage error that says what is wanted', async (_, args, says) => {
  const { code, told } = await refused(...args);
  expect([code, told]).toEqual([exitCodes.usage, expect.stringContaining(says)]);
});
