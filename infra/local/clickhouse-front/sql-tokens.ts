export interface SqlToken {
  readonly kind: 'word' | 'string' | 'quoted' | 'sign';
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** How many parentheses are open before it. */
  readonly depth: number;
}

const skip = /(?:\s+|--[^\n]*|#[! ][^\n]*|\/\*[\s\S]*?\*\/)+/y;
// A run of plain characters is one loop over one class, which needs no stack: a literal may hold the rows of a report.
const shapes: readonly (readonly [SqlToken['kind'], RegExp])[] = [
  ['string', /'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*'/y],
  ['string', /\$(\w*)\$[\s\S]*?\$\1\$/y],
  ['quoted', /`(?:[^`\\]|\\[\s\S]|``)*`|"(?:[^"\\]|\\[\s\S]|"")*"/y],
  ['word', /[\w$]+/y],
  ['sign', /[\s\S]/y],
];

const matchAt = (shape: RegExp, text: string, at: number): string | undefined => {
  shape.lastIndex = at;
  return shape.exec(text)?.[0];
};

/** Splits ClickHouse SQL into tokens, lazily: what stands behind `FORMAT X` in an INSERT is data, and is never read as SQL. */
export function* sqlTokens(sql: string): Generator<SqlToken> {
  let at = 0;
  let depth = 0;
  for (;;) {
    at += matchAt(skip, sql, at)?.length ?? 0;
    if (at >= sql.length) return;
    for (const [kind, shape] of shapes) {
      const text = matchAt(shape, sql, at);
      if (text === undefined) continue;
      if (text === ')') depth -= 1;
      yield { kind, text, start: at, end: at + text.length, depth };
      if (text === '(') depth += 1;
      at += text.length;
      break;
    }
  }
}

/** True for the bare word `word`, in any case; quoted names never match. */
export const isWord = (token: SqlToken | undefined, word: string): boolean =>
  token?.kind === 'word' && token.text.toUpperCase() === word;
