import { exitCodeMeanings, exitCodes } from '../config/exit-codes.ts';
import { markdownTable, page, type ReferencePage } from './markdown.ts';

/** `exit-codes.md`: what a script may rely on. */
export function exitCodesPage(): ReferencePage {
  const names = Object.keys(exitCodes) as (keyof typeof exitCodes)[];
  return page('exit-codes.md', 'Exit codes', 'infra/config/exit-codes.ts', [
    'Of `npx millrace` and of every role.',
    markdownTable(
      ['Code', 'Meaning'],
      names.map((name) => [String(exitCodes[name]), exitCodeMeanings[name]]),
    ),
  ]);
}
