/** A page of `docs/reference/`: its name there and its whole text. */
export interface ReferencePage {
  readonly file: string;
  readonly text: string;
}

/** One generated page: title, where it comes from, then its parts with an empty line between. */
export function page(file: string, title: string, source: string, parts: readonly string[]): ReferencePage {
  const origin = `<!-- Written from ${source} by \`npm run generate\`. Do not edit. -->`;
  return { file, text: `${[origin, `# ${title}`, ...parts].join('\n\n')}\n` };
}

/** A table; a `|` inside a cell is escaped, a line break becomes a space. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

export const code = (text: string): string => `\`${text}\``;

export const codes = (texts: readonly string[]): string => texts.map(code).join(', ');
