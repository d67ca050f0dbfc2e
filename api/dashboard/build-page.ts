import path from 'node:path';
import { build } from 'vite';

/** A built file of the page: its name in `built/`, and its bytes. */
export interface BuiltFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** A page that is built: where its sources are, where what is built of them stands, and under which path it is served. */
export interface PageSource {
  readonly root: string;
  readonly built: string;
  readonly base: string;
}

const api = path.resolve(import.meta.dirname, '..');
const pageIn = (folder: string, base: string): PageSource => ({
  root: path.join(api, folder, 'page'),
  built: path.join(api, folder, 'built'),
  base,
});

export const dashboardPage = pageIn('dashboard', '/');
export const shopPage = pageIn('shop', '/shop/');

/**
 * What the browser gets: the first page's sources in a script and what it shares with others, a script for each page
 * that comes later, one style sheet, the icon and `index.html`. The same bytes each time.
 */
export async function buildPage({ root, base }: PageSource): Promise<readonly BuiltFile[]> {
  const made = await build({
    configFile: false,
    root,
    base,
    logLevel: 'warn',
    mode: 'production',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
    build: {
      write: false,
      target: 'es2024',
      // what the first script needs is named beside it, so both come at once; what pages need comes with them
      modulePreload: {
        polyfill: false,
        resolveDependencies: (_, names, { hostType }) => (hostType === 'html' ? names : []),
      },
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
