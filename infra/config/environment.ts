import os from 'node:os';
import path from 'node:path';
import { variablePrefix } from './variables.ts';

/** This process's environment with `extra` in it: what a child of ours gets. Our own variables are handed on only by `extra`. */
export const childEnvironment = (
  extra: Readonly<Record<string, string>> = {},
): Record<string, string | undefined> => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith(variablePrefix))),
  ...extra,
});

/** The user's cache folder by the XDG rule. */
export const cacheHome = (): string => process.env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache');
