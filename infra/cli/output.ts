import { styleText } from 'node:util';
import type { CommonOptions } from './common-options.ts';

type Style = Parameters<typeof styleText>[0];

/** Data to stdout, all else to stderr; colour only where a person looks. */
export function createOutput(options: CommonOptions) {
  return {
    /** The command's result: `value` under `--json`, else `text`. */
    data: (value: unknown, text: string): void => {
      process.stdout.write(options.json ? `${JSON.stringify(value)}\n` : `${text}\n`);
    },
    /** A line beside the data; silent under `--quiet`. */
    say: (text: string): void => {
      if (!options.quiet) process.stderr.write(`${text}\n`);
    },
    style: (style: Style, text: string): string =>
      options.color ? styleText(style, text, { stream: process.stdout }) : text,
  };
}

export type Output = ReturnType<typeof createOutput>;

/** Rows as aligned columns. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
