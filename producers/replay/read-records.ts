import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse/sync';

/** One record of the file: the physical line it begins on (the header is line 1) and its trimmed fields. */
export interface CsvRecord {
  readonly line: number;
  /** Null where the text is no CSV record. */
  readonly fields: readonly string[] | null;
}

/** A quoted field may hold line breaks; beyond so many lines it is a stray quote, not a field. */
const recordLinesMax = 20;
const lineBytesMax = 1_048_576;

interface Line {
  readonly number: number;
  readonly text: string;
}

/**
 * Reads a CSV file record by record: RFC 4180 quotes, LF or CRLF, with or without a byte order mark,
 * UTF-8 (a line that is not is read as Windows-1252, in which the dataset goes round, too). Blank lines are
 * no records. A quote that opens and does not close within 20 lines spoils its own line alone.
 */
export async function* readRecords(file: string): AsyncGenerator<CsvRecord> {
  let open: Line[] = [];
  for await (const line of readLines(file)) {
    if (open.length === 0 && line.text.trim() === '') continue;
    open.push(line);
    for (let record = takeRecord(open, false); record; record = takeRecord(open, false)) {
      yield record.record;
      open = open.slice(record.lines);
      while (open[0]?.text.trim() === '') open.shift();
    }
  }
  for (let record = takeRecord(open, true); record; record = takeRecord(open, true)) {
    yield record.record;
    open = open.slice(record.lines);
    while (open[0]?.text.trim() === '') open.shift();
  }
}

/** The first record of the lines read so far, or null while its quote may still close. */
function takeRecord(open: readonly Line[], isEnd: boolean): { record: CsvRecord; lines: number } | null {
  const [first] = open;
  if (!first) return null;
  let text = '';
  for (const [i, line] of open.entries()) {
    text = i === 0 ? line.text : `${text}\n${line.text}`;
    if (endsInQuote(text)) continue;
    const fields = parseFields(text);
    // Several lines that make no record together: the quote was a stray one in the first.
    if (fields === null && i > 0) break;
    return { record: { line: first.number, fields }, lines: i + 1 };
  }
  if (endsInQuote(text) && open.length < recordLinesMax && !isEnd) return null;
  return { record: { line: first.number, fields: null }, lines: 1 };
}

/** True while a quoted field is open. A quote opens a field only at its start: `17" FRAME` is text. */
function endsInQuote(text: string): boolean {
  if (!text.includes('"')) return false;
  for (let at = 0; ; ) {
    while (text[at] === ' ') at += 1;
    if (text[at] === '"') {
      at = closingQuote(text, at + 1);
      if (at < 0) return true;
    }
    const comma = text.indexOf(',', at);
    if (comma < 0) return false;
    at = comma + 1;
  }
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  return -1;
}

/** Fields of one record's text; csv-parse reads what holds a quote, the rest is a split. */
function parseFields(text: string): readonly string[] | null {
  if (!text.includes('"')) return text.split(',').map((field) => field.trim());
  try {
    const records: string[][] = parse(text, { relax_column_count: true, relax_quotes: true, trim: true });
    return records.length === 1 ? (records[0] ?? null) : null;
  } catch {
    return null; // csv-parse throws on a quote in the wrong place: the caller counts the line as malformed
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const windows1252 = new TextDecoder('windows-1252');

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return windows1252.decode(bytes); // every byte has a meaning there, so it never throws
  }
}

async function* readLines(file: string): AsyncGenerator<Line> {
  let number = 0;
  let rest = Buffer.alloc(0);
  const toLine = (bytes: Buffer): Line => {
    number += 1;
    const end = bytes.at(-1) === 0x0d ? bytes.length - 1 : bytes.length;
    const text = decode(bytes.subarray(0, Math.min(end, lineBytesMax)));
    return { number, text: number === 1 ? text.replace(/^\uFEFF/, '') : text };
  };
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, from)) {
      const piece = chunk.subarray(from, at);
      yield toLine(rest.length > 0 ? Buffer.concat([rest, piece]) : piece);
      rest = Buffer.alloc(0);
      from = at + 1;
    }
    // A file without line breaks must not grow in memory: what is beyond the limit cannot be a record.
    if (rest.length < lineBytesMax) rest = Buffer.concat([rest, chunk.subarray(from)]);
  }
  if (rest.length > 0) yield toLine(rest);
}
