import { ClickhouseError } from './clickhouse-error.ts';
import { isWord, type SqlToken, sqlTokens } from './sql-tokens.ts';

/** What the front does with one statement. */
export type Statement =
  | { readonly kind: 'read' | 'write'; readonly sql: string; readonly table?: string }
  | {
      /** An INSERT whose rows stand in the request's body. */
      readonly kind: 'insert';
      /** Qualified as written, for example `millrace.orders`. */
      readonly table: string;
      /** The statement that reads the rows from a file of this path. */
      readonly readFrom: (file: string) => string;
      /** Where inline data begins in the text, = its length when there is none. */
      readonly dataAt: number;
    };

const reading = new Set(['SELECT', 'WITH', 'SHOW', 'DESCRIBE', 'DESC', 'EXISTS', 'EXPLAIN', 'FROM']);
const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/**
 * Reads what the statement is. ClickHouse's server takes an INSERT's rows from the request; inside chDB `input()` with
 * inline data inserts nothing and says nothing, so `INSERT INTO t (…) FORMAT X` becomes `… FROM INFILE '<file>' FORMAT X`
 * and `INSERT INTO t (…) SELECT … FROM input('<structure>') … FORMAT X` reads `file('<file>', 'X', '<structure>')`.
 * Throws `ClickhouseError` for what the server's HTTP interface refuses as well.
 */
export function readStatement(sql: string): Statement {
  const tokens: SqlToken[] = [];
  let isInsert = false;
  for (const token of sqlTokens(sql)) {
    tokens.push(token);
    if (tokens.length === 1) isInsert = isWord(token, 'INSERT');
    if (isInsert && token.depth === 0) {
      const previous = tokens.at(-2);
      if (isWord(token, 'VALUES')) return insertOf(sql, tokens, tokens.length - 1, 'Values', token.end);
      if (previous !== undefined && isWord(previous, 'FORMAT') && token.kind === 'word') {
        return insertOf(sql, tokens, tokens.length - 2, token.text, token.end);
      }
    }
    refuseOnServer(tokens);
  }
  const first = tokens[0];
  if (first === undefined) throw new ClickhouseError(62, 'Empty query', 'SYNTAX_ERROR');
  const last = tokens.at(-1);
  const text = last?.text === ';' ? sql.slice(0, last.start) : sql;
  if (isInsert) {
    const table = targetOf(sql, tokens);
    return table === undefined ? { kind: 'write', sql: text } : { kind: 'write', sql: text, table };
  }
  const word = tokens.find((token) => token.text !== '(')?.text.toUpperCase() ?? '';
  return { kind: reading.has(word) ? 'read' : 'write', sql: text };
}

function refuseOnServer(tokens: readonly SqlToken[]): void {
  const token = tokens.at(-1);
  const before = tokens.at(-2);
  if (before?.text === ';' && before.depth === 0 && before.kind === 'sign') {
    throw new ClickhouseError(62, 'Syntax error (Multi-statements are not allowed)', 'SYNTAX_ERROR');
  }
  if (
    (isWord(before, 'INTO') && isWord(token, 'OUTFILE')) ||
    (isWord(before, 'FROM') && isWord(token, 'INFILE'))
  ) {
    throw new ClickhouseError(
      62,
      'Files are read and written by the client, never over HTTP',
      'SYNTAX_ERROR',
    );
  }
}

/** The table of an INSERT as written; undefined for `INSERT INTO FUNCTION …`. */
function targetOf(sql: string, tokens: readonly SqlToken[]): string | undefined {
  let at = 1;
  if (isWord(tokens[at], 'INTO')) at += 1;
  if (isWord(tokens[at], 'TABLE')) at += 1;
  if (isWord(tokens[at], 'FUNCTION')) return undefined;
  const first = tokens[at];
  if (first === undefined) return undefined;
  const last = tokens[at + 1]?.text === '.' ? (tokens[at + 2] ?? first) : first;
  return sql.slice(first.start, last.end);
}

function insertOf(
  sql: string,
  tokens: readonly SqlToken[],
  formatAt: number,
  format: string,
  end: number,
): Statement {
  const head = tokens.slice(0, formatAt);
  const table = targetOf(sql, head);
  const formatToken = tokens[formatAt];
  if (table === undefined || formatToken === undefined) {
    throw new ClickhouseError(
      48,
      'INSERT INTO FUNCTION takes no rows from the request here; use INSERT … SELECT',
      'NOT_IMPLEMENTED',
    );
  }
  const dataAt = /^[ \t\r\f]*\n?/.exec(sql.slice(end, end + 4096))?.[0].length ?? 0;
  const selects = head.some(
    (token) => token.depth === 0 && (isWord(token, 'SELECT') || isWord(token, 'WITH')),
  );
  const readFrom = selects
    ? inputReader(sql, head, formatToken, format)
    : infileReader(sql, head, formatToken, format);
  return { kind: 'insert', table, readFrom, dataAt: end + dataAt };
}

function infileReader(sql: string, head: readonly SqlToken[], formatToken: SqlToken, format: string) {
  const settings = head.find((token) => token.depth === 0 && isWord(token, 'SETTINGS'));
  const cut = settings?.start ?? formatToken.start;
  return (file: string): string =>
    `${sql.slice(0, cut)} FROM INFILE ${literal(file)} ${sql.slice(cut, formatToken.start)} FORMAT ${format}`;
}

function inputReader(sql: string, head: readonly SqlToken[], formatToken: SqlToken, format: string) {
  const calls = head.filter((token, i) => isWord(token, 'INPUT') && head[i + 1]?.text === '(');
  const call = calls[0];
  if (call === undefined || calls.length > 1) {
    throw new ClickhouseError(
      62,
      "INSERT … SELECT … FORMAT needs exactly one input('structure')",
      'SYNTAX_ERROR',
    );
  }
  const open = head[head.indexOf(call) + 1] ?? call;
  return (file: string): string =>
    `${sql.slice(0, call.start)}file(${literal(file)}, '${format}', ${sql.slice(open.end, formatToken.start)}`;
}
