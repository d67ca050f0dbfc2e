import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  type ChargeLine,
  classifyLine,
  type CreditLine,
  type GoodsLine,
  type QuarantinedLine,
} from './classify-line.ts';
import { type Columns, ReplayFileError, readColumns } from './columns.ts';
import { type SlashOrder, slashOrderOf } from './ordered-at.ts';
import { readRecords } from './read-records.ts';

/** The lines of a file, each in one of the lists. */
export interface FileLines {
  readonly goods: readonly GoodsLine[];
  readonly charges: readonly ChargeLine[];
  readonly credits: readonly CreditLine[];
  readonly quarantined: readonly QuarantinedLine[];
}

export interface ReadFile extends FileLines {
  /** First 16 hex digits of the SHA-256 of the file's bytes: what is received for it is keyed by it. */
  readonly contentHash: string;
}

/**
 * Reads a file of the UCI Online Retail format, every record once. Throws ReplayFileError if it cannot be
 * read, is empty or lacks a column. A file with a header alone has no lines.
 */
export async function readRetailFile(file: string): Promise<ReadFile> {
  try {
    const { columns, order } = await readFormat(file);
    const goods: GoodsLine[] = [];
    const charges: ChargeLine[] = [];
    const credits: CreditLine[] = [];
    const quarantined: QuarantinedLine[] = [];
    let isHeader = true;
    for await (const { line, fields } of readRecords(file)) {
      if (!isHeader) {
        const read = classifyLine(line, fields, columns, order);
        if (read.is === 'goods') goods.push(read);
        else if (read.is === 'credit') credits.push(read);
        else if (read.is === 'quarantined') quarantined.push(read);
        else charges.push(read);
      }
      isHeader = false;
    }
    return { contentHash: await hashOf(file), goods, charges, credits, quarantined };
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) {
      throw new ReplayFileError(`cannot read ${file}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** The columns and, from all dates together, whether `3/4/2011` is in March or April. */
async function readFormat(file: string): Promise<{ columns: Columns; order: SlashOrder }> {
  let columns: Columns | null = null;
  const slashed = new Set<string>();
  for await (const { fields } of readRecords(file)) {
    if (!columns) {
      columns = readColumns(file, fields);
      continue;
    }
    const date = fields?.[columns.invoiceDate];
    if (date?.includes('/') && fields?.length === columns.count) slashed.add(date);
  }
  if (!columns)
    throw new ReplayFileError(`${file} is empty; it needs at least the line that names its columns`);
  return { columns, order: slashOrderOf(slashed) };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex').slice(0, 16);
}
