import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type ClientStep, parseClientStep } from '../../schemas/client-journal.ts';

/** Every step of the client journals of a folder (`*.ndjson`), file by file; none where there is no folder. */
export async function* readClientJournals(folder: string): AsyncGenerator<ClientStep> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names.filter((one) => one.endsWith('.ndjson')).sort()) {
    const lines = createInterface({
      input: createReadStream(path.join(folder, name)),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    for await (const line of lines) {
      const step = parseClientStep(line);
      if (step) yield step;
    }
  }
}
