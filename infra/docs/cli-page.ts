import { Command, type Option } from 'commander';
import { commands } from '../cli/commands.ts';
import { withCommonOptions } from '../cli/common-options.ts';
import { code, markdownTable, page, type ReferencePage } from './markdown.ts';

const choicesOf = (choices: readonly string[] | undefined): string =>
  choices === undefined ? '' : ` (${choices.map(code).join(', ')})`;

const optionRow = (option: Option): readonly string[] => {
  const { flags, description, defaultValue, mandatory, argChoices } = option;
  const shown = ['string', 'number'].includes(typeof defaultValue) ? code(String(defaultValue)) : '';
  return [
    code(flags),
    `${description}${choicesOf(argChoices)}`,
    mandatory && shown === '' ? 'must be given' : shown,
  ];
};

/** Those that say more than their name. */
const argumentTable = (command: Command): readonly string[] => {
  const rows = command.registeredArguments
    .filter(({ description }) => description !== '')
    .map((argument) => {
      const { description, required, argChoices } = argument;
      const name = required ? `<${argument.name()}>` : `[${argument.name()}]`;
      return [code(name), `${description}${choicesOf(argChoices)}`];
    });
  return rows.length === 0 ? [] : [markdownTable(['Argument', 'Meaning'], rows)];
};

const optionTable = (options: readonly Option[]): readonly string[] =>
  options.length === 0 ? [] : [markdownTable(['Flag', 'Meaning', 'Default'], options.map(optionRow))];

const commonOptions = withCommonOptions(new Command()).options;
const isCommon = ({ flags }: Option): boolean => commonOptions.some((option) => option.flags === flags);

/** The commands below one, those without verbs of their own. `words` = what is typed before its name. */
function leaves(
  command: Command,
  words: string,
): readonly { readonly command: Command; readonly words: string }[] {
  const typed = `${words} ${command.name()}`;
  return command.commands.length === 0
    ? [{ command, words: typed }]
    : command.commands.flatMap((verb) => leaves(verb, typed));
}

/** `cli.md`: every command with its flags, from the program itself. */
export function cliPage(): ReferencePage {
  const program = new Command('millrace');
  for (const { register } of commands) register(program);
  const parts = program.commands
    .flatMap((command) => leaves(command, 'millrace'))
    .flatMap(({ command, words }) => [
      `## ${words}`,
      code(`${words} ${command.usage()}`),
      `${command.description()}.`,
      ...argumentTable(command),
      ...optionTable(command.options.filter((option) => !isCommon(option))),
    ]);
  return page('cli.md', 'Command line', 'the commands in infra/cli/commands/', [
    '`npx millrace <command>`. Data goes to stdout, all else to stderr. Exit codes: [exit-codes.md](exit-codes.md). Every command takes:',
    ...optionTable(commonOptions),
    ...parts,
  ]);
}
