import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

export interface StaticFile {
  readonly contentType: string;
  readonly bytes: Buffer;
  readonly gzipped: Buffer;
  /** Strong entity tag of the bytes; that of the gzipped ones is another (RFC 9110 §8.8.3). */
  readonly tag: string;
  readonly gzippedTag: string;
}

const contentTypes: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.mjs', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.woff2', 'font/woff2'],
  ['.webmanifest', 'application/manifest+json'],
]);

/**
 * The files of a folder by URL path, read once: a request can only name one of them, whatever its path looks like.
 * `index.html` is `/` of its folder. Sources, tests and hidden files are left out; a folder that is not there is empty.
 */
export function loadStaticFiles(folder: string): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  for (const file of filesBelow(folder)) {
    const contentType = contentTypes.get(path.extname(file));
    if (contentType === undefined || /(^|\/)\.|\.test\.\w+$/.test(file)) continue;
    const bytes = readFileSync(path.join(folder, file));
    const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
    const gzipped = gzipSync(bytes, { level: 9 });
    const found = { contentType, bytes, gzipped, tag: `"${digest}"`, gzippedTag: `"${digest}-gzip"` };
    const url = `/${file.split(path.sep).join('/')}`;
    files.set(url, found);
    if (url.endsWith('/index.html')) files.set(url.slice(0, -'index.html'.length), found);
  }
  return files;
}

function filesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
