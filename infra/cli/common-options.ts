import { type Command, InvalidArgumentError } from 'commander';
import type { Overrides } from '../config/config.ts';
import { variableNames } from '../config/variables.ts';

export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
  /** Configuration by flag: stronger than the environment. */
  readonly set: Overrides;
}

function addSetting(text: string, before: Overrides): Overrides {
  const at = text.indexOf('=');
  const name = text.slice(0, at).replace(/^MILLRACE_/, '');
  if (at < 1 || !variableNames.some((known) => known === name)) {
    throw new InvalidArgumentError(
      'wanted NAME=value with a NAME of `millrace config --schema`, for example HTTP_PORT=8081.',
    );
  }
  return { ...before, [name]: text.slice(at + 1) };
}

/** The options that every command takes. */
export const withCommonOptions = (command: Command): Command =>
  command
    .option('--json', 'data as JSON on stdout')
    .option('--quiet', 'only data and errors')
    .option('--no-color', 'no colour (also NO_COLOR)')
    .option(
      '--set <NAME=value>',
      'a configuration variable, stronger than the environment; repeatable',
      addSetting,
      {},
    );
