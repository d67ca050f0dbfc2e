import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Edit } from './mutant.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The file's text with one edit in it. Throws if the edit's text does not stand there exactly once: it has rotted. */
export function edited(text: string, { file, from, to }: Edit): string {
  const [before = '', after, ...more] = text.split(from);
  if (after === undefined || more.length > 0) {
    const times = after === undefined ? 'not' : `${more.length + 1} times`;
    throw new Error(`the text to replace stands ${times} in ${file}, not once: ${from}`);
  }
  return `${before}${to}${after}`;
}

/** All edits of a mutant, by file. */
export function plantedTexts(edits: readonly Edit[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const edit of edits) {
    const text = texts.get(edit.file) ?? readFileSync(path.join(root, edit.file), 'utf8');
    texts.set(edit.file, edited(text, edit));
  }
  return texts;
}

/** From here on this thread loads the files with the edits in them; no file is changed. Returns what was loaded so. */
export function plant(edits: readonly Edit[]): ReadonlySet<string> {
  const loaded = new Set<string>();
  const sources = new Map(
    [...plantedTexts(edits)].map(([file, text]) => [
      pathToFileURL(path.join(root, file)).href,
      { file, text },
    ]),
  );
  registerHooks({
    load(url, context, nextLoad) {
      const planted = sources.get(url);
      if (!planted) return nextLoad(url, context);
      loaded.add(planted.file);
      return { format: 'module-typescript', source: planted.text, shortCircuit: true };
    },
  });
  return loaded;
}
