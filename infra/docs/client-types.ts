import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createOpenApi } from '../../api/http/openapi.ts';
import { runCommand } from '../local/run-command.ts';
import { describedRoutes } from './described-routes.ts';

/** The types of the client, relative to the repository. */
export const clientTypesFile = 'api/client/generated/api-types.ts';

/**
 * openapi-typescript writes with the compiler API that TypeScript 7 no longer has (openapi-ts/openapi-typescript#2841):
 * it runs beside a TypeScript of its own, outside our dependencies.
 */
const generator = ['openapi-typescript@7.13.0', 'typescript@5.9.3'] as const;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const document = (): string => JSON.stringify(createOpenApi(describedRoutes()));

const headOf = (types: string): string =>
  [
    '// Written from the OpenAPI document by `npm run generate` (openapi-typescript). Do not edit.',
    `// Document: sha256 ${sha256(document())}`,
    `// Types below: sha256 ${sha256(types)}`,
    '',
  ].join('\n');

const headLines = 3;

/**
 * True if the text is what was once generated from today's document: the digests of both stand in its head, because the
 * generator cannot run in every test.
 */
export function isOfTodaysDocument(text: string): boolean {
  const types = text.split('\n').slice(headLines).join('\n');
  return text === headOf(types) + types;
}

/** Writes the types anew where the document has changed. Throws with what the generator said. */
export async function writeClientTypes(root: URL): Promise<void> {
  const file = new URL(clientTypesFile, root);
  if (isOfTodaysDocument(textOf(file))) return;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-client-types-'));
  try {
    writeFileSync(path.join(folder, 'openapi.json'), document());
    const packages = generator.map((name) => `--package=${name}`);
    const args = ['exec', '--yes', ...packages, '--', 'openapi-typescript', 'openapi.json', '-o', 'types.ts'];
    const ran = await runCommand('npm', args, { cwd: folder });
    if (ran.code !== 0) throw new Error(`openapi-typescript failed:\n${ran.stdout}${ran.stderr}`);
    const types = readFileSync(path.join(folder, 'types.ts'), 'utf8');
    writeFileSync(file, headOf(types) + types);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function textOf(file: URL): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // not generated yet
  }
}
