import { variableNames, variablePrefix, variables } from '../config/variables.ts';
import { code, markdownTable, page, type ReferencePage } from './markdown.ts';

/** `configuration.md`: every variable, from the table that parses them. */
export function configurationPage(): ReferencePage {
  const rows = variableNames.map((name) => {
    const { help, wanted, fallback, secret, fallbackVaries } = variables[name];
    const given =
      fallback === undefined || fallbackVaries ? '–' : fallback === '' ? 'nothing' : code(fallback);
    return [code(variablePrefix + name), `${help}${secret ? ' (secret)' : ''}`, wanted, given];
  });
  return page('configuration.md', 'Configuration', 'infra/config/variables.ts', [
    'A flag (`--set NAME=value`) is stronger than the environment, that than `.env`, that than what the local stack says of itself, that than the default. `npx millrace config` shows each value and where it came from. A secret X may come from a file named by `MILLRACE_X_FILE`; the local stack makes its secrets once. A wrong configuration names all its faults at once and exits with 78.',
    markdownTable(['Variable', 'Meaning', 'Wanted', 'Default'], rows),
  ]);
}
