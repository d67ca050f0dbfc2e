import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { ScannedText } from './given.ts';

/**
 * Every line of the logs of a folder (`*.log`); none where there is no folder. Of a line of JSON the texts are told
 * apart, so that its numbers, which are times and counts, are taken for no card. A log without
 * JSON is an engine's: it is full of numbers and has none of ours, so only secrets are looked for.
 */
export async function* readLogs(folder: string): AsyncGenerator<ScannedText> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names.filter((one) => one.endsWith('.log')).sort()) {
    const lines = createInterface({
      input: createReadStream(path.join(folder, name)),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    let number = 0;
    let isRole = false;
    for await (const line of lines) {
      number += 1;
      isRole ||= line.startsWith('{"');
      yield* textsOf(line, `${name}:${number}`, isRole);
    }
  }
}

/** The texts of one line; `isRole`: a plain line beside JSON, a stack trace perhaps, is text. */
export function* textsOf(line: string, where: string, isRole: boolean): Generator<ScannedText> {
  const json = line.startsWith('{') ? parsed(line) : undefined;
  yield { where, text: line, isText: isRole && json === undefined };
  if (json !== undefined) for (const text of stringsIn(json)) yield { where, text, isText: true };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function* stringsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null)
    for (const part of Object.values(value)) yield* stringsIn(part);
}
