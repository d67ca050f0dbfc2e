import type { Command } from 'commander';

/** Every flag of the command line that its command does not know: commander names only the first. */
export function unknownFlags(program: Command, argv: readonly string[]): readonly string[] {
  let command = program;
  const unknown: string[] = [];
  for (const word of argv) {
    if (word === '--') break;
    if (!word.startsWith('-')) {
      command =
        command.commands.find((sub) => sub.name() === word || sub.aliases().includes(word)) ?? command;
      continue;
    }
    const flag = word.split('=')[0] ?? word;
    const isKnown =
      ['-h', '--help'].includes(flag) ||
      command.options.some((option) => option.short === flag || option.long === flag);
    if (!isKnown) unknown.push(flag);
  }
  return unknown;
}
