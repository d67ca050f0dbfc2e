import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { exitCodes } from '../../config/exit-codes.ts';
import { CliError } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { dataFolder } from '../local-stack.ts';

interface LogsOptions extends CommonOptions {
  readonly follow?: boolean;
  readonly lines: number;
}

const toLineCount = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('wanted a whole number of lines, for example 50.');
  return Number(text);
};

/** The log files of `wanted`: a process (`stock-1`, `kafka`), a role (`stock`), or all. */
export function logFilesOf(names: readonly string[], wanted: string | undefined): readonly string[] {
  const logs = names.filter((name) => name.endsWith('.log')).map((name) => name.slice(0, -'.log'.length));
  return logs
    .filter((name) => wanted === undefined || name === wanted || name.replace(/-\d+$/, '') === wanted)
    .sort();
}

async function showLogs(role: string | undefined, options: LogsOptions): Promise<void> {
  const folder = path.join(dataFolder(options.set), 'logs');
  const all = existsSync(folder) ? readdirSync(folder) : [];
  const names = logFilesOf(all, role);
  if (names.length === 0) {
    const known = logFilesOf(all, undefined).join(', ') || 'none yet';
    throw new CliError(`No log of ${role ?? 'anything'}; there are: ${known}.`, {
      code: 'not-found',
      exitCode: exitCodes.notFound,
      next: 'npx millrace status',
    });
  }
  const width = Math.max(...names.map((name) => name.length));
  const print = (name: string, text: string): void => {
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const plain = options.json
        ? JSON.stringify({ process: name, line })
        : names.length === 1
          ? line
          : `${name.padEnd(width)} | ${line}`;
      process.stdout.write(`${plain}\n`);
    }
  };
  const readTo = new Map<string, number>();
  for (const name of names) {
    const bytes = readFileSync(path.join(folder, `${name}.log`));
    print(name, bytes.toString('utf8').trimEnd().split('\n').slice(-options.lines).join('\n'));
    readTo.set(name, bytes.length);
  }
  if (!options.follow) return;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const name of names) {
      const file = path.join(folder, `${name}.log`);
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      const from = readTo.get(name) ?? 0;
      if (size === from) continue;
      const fresh = readFileSync(file).subarray(size < from ? 0 : from); // smaller: it was rotated
      const whole = fresh.lastIndexOf(10) + 1;
      print(name, fresh.subarray(0, whole).toString('utf8'));
      readTo.set(name, (size < from ? 0 : from) + whole);
    }
  }
}

/** `millrace logs [role] [-f] [-n 50]`. */
export function register(program: Command): void {
  withCommonOptions(program.command('logs [role]'))
    .description(
      'the last lines of each process, or of one (stock-1), a role (stock), an engine (kafka), launcher, deploy',
    )
    .option('-f, --follow', 'go on with what is written')
    .option('-n, --lines <count>', 'how many lines', toLineCount, 50)
    .action(showLogs);
}
