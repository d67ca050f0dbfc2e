import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { ScannedText } from './given.ts';

/**
 * Every line of the logs of a folder (`*.log`); none where there is no folder. Of a line of JSON the texts are told
 * apart, so that its numbers, which are times and counts, are taken for no card.
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
    for await (const line of lines) {
      number += 1;
      yield* textsOf(line, `${name}:${number}`);
    }
  }
}

/** Exported for its test. */
export function* textsOf(line: string, where: string): Generator<ScannedText> {
  const json = line.startsWith('{') ? parsed(line) : undefined;
  yield { where, text: line, isText: json === undefined };
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
