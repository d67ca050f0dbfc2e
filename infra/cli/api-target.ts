import type { Command } from 'commander';
import { exitCodes } from '../config/exit-codes.ts';
import { CliError } from './cli-error.ts';
import type { CommonOptions } from './common-options.ts';
import { readyStack } from './local-stack.ts';

export interface ApiTargetOptions extends CommonOptions {
  readonly api?: string;
  readonly key?: string;
}

/** Where a command's requests go, and with which credential. */
export interface ApiTarget {
  /** Without a path or a slash at its end. */
  readonly api: string;
  readonly credential: string;
  /** The local stack's data folder; null for another API. */
  readonly dataDir: string | null;
}

export const withApiOptions = (command: Command): Command =>
  command
    .option('--api <url>', 'another API than the local stack’s')
    .option('--key <key>', 'the API key (mr_live_… or mr_test_…); needed with --api');

/**
 * The API a command talks to: the flags, else the running local stack with its key for the door.
 * Throws CliError: 2 for flags that do not fit, 69 if no local stack runs.
 */
export async function apiTarget(
  { api, key, set }: ApiTargetOptions,
  door: 'full' | 'ops' = 'full',
): Promise<ApiTarget> {
  if (api === undefined) {
    const { summary } = await readyStack(set);
    return { api: summary.api, credential: key ?? summary.keys[door], dataDir: summary.dataDir };
  }
  const url = URL.parse(api);
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '') {
    throw usage(
      `--api wants the address of an API without a path, for example http://127.0.0.1:8080, not ${api}`,
    );
  }
  if (key === undefined) throw usage('--api needs --key: the keys of the local stack are no good elsewhere');
  return { api: url.origin, credential: key, dataDir: null };
}

const usage = (message: string): CliError =>
  new CliError(message, { code: 'usage', exitCode: exitCodes.usage, next: 'npx millrace --help' });
