import type { Command } from 'commander';
import { ConfigError, describeConfig } from '../../config/config.ts';
import { envExample } from '../../config/env-example.ts';
import { CliError } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { dataFolder, stackStatus } from '../local-stack.ts';
import { knownSecrets } from '../../local/data-folder.ts';
import { createOutput, table } from '../output.ts';
import { variablePrefix } from '../../config/variables.ts';

interface ConfigOptions extends CommonOptions {
  readonly schema?: boolean;
  readonly example?: boolean;
}

async function localStackVariables(options: ConfigOptions): Promise<Record<string, string>> {
  try {
    const folder = dataFolder(options.set);
    const environment = (await stackStatus(folder))?.environment ?? {};
    const running = Object.entries(environment).map(([name, text]) => [
      name.slice(variablePrefix.length),
      text,
    ]);
    return { ...knownSecrets(folder), ...Object.fromEntries(running) };
  } catch (error) {
    if (error instanceof CliError) return knownSecrets(dataFolder(options.set)); // its launcher is silent
    if (error instanceof ConfigError) return {}; // its faults are what this command is about to show
    throw error;
  }
}

async function showConfig(options: ConfigOptions): Promise<void> {
  const out = createOutput(options);
  if (options.example) {
    process.stdout.write(envExample());
    return;
  }
  const { variables, faults } = describeConfig(options.set, {
    localStack: await localStackVariables(options),
  });
  if (options.schema) {
    const schema = variables.map(({ name, wanted, example, help, secret }) => ({
      name,
      wanted,
      example,
      help,
      secret,
    }));
    out.data(schema, table(schema.map((row) => [row.name, row.wanted, row.help])));
    return;
  }
  out.data(
    { variables: variables.map(({ name, value, source }) => ({ name, value, source })), faults },
    table(variables.map((v) => [v.name, v.value ?? '-', v.source ?? 'missing'])),
  );
  // The secrets of a stack that was never started are made at its start: only what a person wrote can be at fault.
  const wrong = faults.filter((fault) => fault.got !== 'nothing');
  if (wrong.length > 0) {
    process.stderr.write(`${new ConfigError(wrong).message}\n`);
    process.exitCode = exitCodes.config;
  }
}

/** `millrace config [--schema|--example]`: each variable with its value and source. */
export function register(program: Command): void {
  withCommonOptions(program.command('config'))
    .description('the configuration: value and source of each variable, secrets masked')
    .option('--schema', 'what each variable wants and means')
    .option('--example', 'the text of .env.example')
    .action(showConfig);
}
