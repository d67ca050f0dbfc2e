import { expect, test } from 'vitest';
import { ClickhouseError } from './clickhouse-error.ts';
import { sqlTokens } from './sql-tokens.ts';
import { readStatement } from './statement.ts';

const reading = (sql: string, file = '/tmp/a.rows') => {
  const statement = readStatement(sql);
  return statement.kind === 'insert'
    ? [statement.table, statement.readFrom(file), sql.slice(statement.dataAt)]
    : [statement.kind, statement.sql];
};
const squeezed = (text: string | undefined): string => (text ?? '').replaceAll(/\s+/g, ' ').trim();

test('splits names, strings, comments and signs, and counts open parentheses', () => {
  const texts = [
    ...sqlTokens("SELECT `a``b`, 'it''s \\' ;' -- ; note\n/* ; */ FROM f(x(1)) # c\n$$ ; $$"),
  ].map((t) => [t.text, t.depth]);
  expect(texts).toEqual([
    ['SELECT', 0],
    ['`a``b`', 0],
    [',', 0],
    ["'it''s \\' ;'", 0],
    ['FROM', 0],
    ['f', 0],
    ['(', 0],
    ['x', 1],
    ['(', 1],
    ['1', 2],
    [')', 1],
    [')', 0],
    ['$$ ; $$', 0],
  ]);
});

test.each([
  ['SELECT 1;', 'read', 'SELECT 1'],
  ['  -- note\n with 1 as x select x FORMAT JSON', 'read', '  -- note\n with 1 as x select x FORMAT JSON'],
  ['(SELECT 1) UNION ALL (SELECT 2)', 'read', '(SELECT 1) UNION ALL (SELECT 2)'],
  ['CREATE TABLE t (a Int8) ENGINE = Memory', 'write', 'CREATE TABLE t (a Int8) ENGINE = Memory'],
  ["INSERT INTO t SELECT ';' FROM u", 'write', "INSERT INTO t SELECT ';' FROM u"],
])('%s is a %s', (sql, kind, text) => {
  expect(reading(sql)).toEqual([kind, text]);
});

test.each([
  ['INSERT INTO t FORMAT JSONEachRow', 't', "INSERT INTO t FROM INFILE '/tmp/a.rows' FORMAT JSONEachRow", ''],
  [
    'insert into `my db`."t" (a, b) settings x = 1 format CSV\n1,2\n',
    '`my db`."t"',
    'insert into `my db`."t" (a, b) FROM INFILE \'/tmp/a.rows\' settings x = 1 FORMAT CSV',
    '1,2\n',
  ],
  [
    "INSERT INTO t VALUES (1, 'a;b')",
    't',
    "INSERT INTO t FROM INFILE '/tmp/a.rows' FORMAT Values",
    "(1, 'a;b')",
  ],
  [
    'INSERT INTO TABLE t FORMAT RowBinary \n\n\0',
    't',
    "INSERT INTO TABLE t FROM INFILE '/tmp/a.rows' FORMAT RowBinary",
    '\n\0',
  ],
])('reads the rows of %j from a file', (sql, table, text, rows) => {
  const [gotTable, gotText, gotRows] = reading(sql);
  expect([gotTable, squeezed(gotText), gotRows]).toEqual([table, text, rows]);
});

test('reads input() of a guarded insert from the file, and leaves the guard, its strings and comments alone', () => {
  const sql = `INSERT INTO t (a) SELECT a FROM input('a UInt8') /* input( */ WHERE 'input(' != '' AND (SELECT max(format) FROM p) = 7 FORMAT JSONEachRow\n{}`;
  const [table, text, rows] = reading(sql, "/tmp/it's.rows");
  expect([table, rows]).toEqual(['t', '{}']);
  expect(squeezed(text)).toBe(
    "INSERT INTO t (a) SELECT a FROM file('/tmp/it\\'s.rows', 'JSONEachRow', 'a UInt8') /* input( */ WHERE 'input(' != '' AND (SELECT max(format) FROM p) = 7",
  );
});

test.each([
  ['', 62],
  ['  -- nothing', 62],
  ['SELECT 1; SELECT 2', 62],
  ["SELECT 1 INTO OUTFILE '/etc/passwd'", 62],
  ["INSERT INTO t FROM INFILE '/etc/passwd' FORMAT CSV", 62],
  ['INSERT INTO t SELECT 1 FORMAT CSV', 62],
  ["INSERT INTO t SELECT * FROM input('a Int8') AS x, input('a Int8') AS y FORMAT CSV", 62],
  ["INSERT INTO FUNCTION file('x') FORMAT CSV", 48],
])('refuses %j', (sql, code) => {
  const read = (): unknown => readStatement(sql);
  expect(read).toThrow(ClickhouseError);
  expect(read).toThrow(expect.objectContaining({ code }));
});

test('a literal of many megabytes is one word', () => {
  const sql = `SELECT '${'["a",1],'.repeat(4_000_000)}it''s \\' done' FORMAT Parquet`;
  expect(readStatement(sql)).toEqual({ kind: 'read', sql });
});
