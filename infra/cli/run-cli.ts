import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError } from 'commander';
import { NotAtRest } from '../audit/not-at-rest.ts';
import { ConfigError, repositoryRoot } from '../config/config.ts';
import { SetupError } from '../local/setup-error.ts';
import { exitCodes } from '../config/exit-codes.ts';
import { CliError } from './cli-error.ts';
import type { CommandModule } from './commands.ts';
import { unknownFlags } from './unknown-flags.ts';

interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  readonly next?: string | undefined;
  readonly requestId?: string | undefined;
  readonly faults?: readonly unknown[];
}

function usageFailure(error: CommanderError, program: Command, argv: readonly string[]): Failure {
  const unknown = error.code === 'commander.unknownOption' ? unknownFlags(program, argv) : [];
  const message =
    unknown.length > 0
      ? `unknown ${unknown.length === 1 ? 'flag' : 'flags'}: ${unknown.join(', ')}`
      : error.message.replace(/^error: /, '');
  return { exitCode: exitCodes.usage, code: 'usage', message, next: 'npx millrace --help' };
}

function toFailure(error: unknown, program: Command, argv: readonly string[]): Failure {
  if (error instanceof CommanderError) return usageFailure(error, program, argv);
  if (error instanceof ConfigError) {
    return {
      exitCode: exitCodes.config,
      code: 'config',
      message: error.message,
      next: 'npx millrace config',
      faults: error.faults,
    };
  }
  if (error instanceof NotAtRest)
    return {
      exitCode: exitCodes.timeOut,
      code: 'not-at-rest',
      message: error.message,
      next: 'npx millrace status; npx millrace verify --wait 600, or --no-wait to audit as it stands',
    };
  if (error instanceof SetupError)
    return {
      exitCode: exitCodes.unavailable,
      code: 'setup',
      message: error.message,
      next: 'npx millrace doctor',
    };
  if (error instanceof CliError) {
    return {
      exitCode: error.exitCode,
      code: error.code,
      message: error.message,
      next: error.next,
      requestId: error.requestId,
    };
  }
  return {
    exitCode: exitCodes.bug,
    code: 'bug',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

function print(failure: Failure, asJson: boolean): void {
  const { exitCode: _, ...shown } = failure;
  const next = failure.next === undefined ? '' : `  next: ${failure.next}\n`;
  const request = failure.requestId === undefined ? '' : `  request: ${failure.requestId}\n`;
  process.stderr.write(
    asJson ? `${JSON.stringify(shown)}\n` : `${failure.code}: ${failure.message}\n${request}${next}`,
  );
}

const version = (): string => {
  const { version } = JSON.parse(readFileSync(path.join(repositoryRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
};

/** Runs one command line and gives its exit code; every error is printed once, on stderr. */
export async function runCli(modules: readonly CommandModule[], argv: readonly string[]): Promise<number> {
  const program = new Command('millrace')
    .description('An order pipeline that loses nothing, doubles nothing, and can prove it.')
    .version(version(), '--version')
    .exitOverride()
    .configureOutput({ writeErr: (text) => void (text.startsWith('error:') || process.stderr.write(text)) });
  for (const { register } of modules) register(program);
  if (argv.length === 0) {
    program.outputHelp();
    return exitCodes.usage;
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok; // --help
    if (error instanceof CommanderError && error.code === 'commander.help') return exitCodes.usage; // a noun alone
    const failure = toFailure(error, program, argv);
    print(failure, argv.includes('--json'));
    return failure.exitCode;
  }
}
