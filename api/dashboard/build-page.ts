import path from 'node:path';
import { build } from 'vite';

/** A built file of the page: its name in `built/`, and its bytes. */
export interface BuiltFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** What the browser gets: the page's sources in one script, one style sheet, the icon and `index.html`. The same bytes each time. */
export async function buildPage(): Promise<readonly BuiltFile[]> {
  const made = await build({
    configFile: false,
    root: path.join(import.meta.dirname, 'page'),
    logLevel: 'warn',
    mode: 'production',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
    build: {
      write: false,
      target: 'es2024',
      modulePreload: false,
      assetsInlineLimit: 0, // a data: URL would need a hole in the policy
      cssCodeSplit: false,
      rolldownOptions: {
        output: {
          entryFileNames: 'app.js',
          chunkFileNames: '[name].js',
          // a style sheet has no name of its own where all of it is one file
          assetFileNames: ({ names }) =>
            names.some((name) => name.endsWith('.css')) ? 'app.css' : '[name][extname]',
        },
      },
    },
  });
  if (!('output' in made)) throw new Error('vite gave several bundles or none: the page is one');
  return made.output.map((file) => ({
    name: file.fileName,
    bytes: Buffer.from(file.type === 'chunk' ? file.code : file.source),
  }));
}
