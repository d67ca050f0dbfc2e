import { mkdirSync, writeFileSync } from 'node:fs';
import { envExample } from '../config/env-example.ts';
import { writeClientTypes } from './client-types.ts';
import { referencePages } from './reference-pages.ts';

/** `npm run generate`: writes `docs/reference/`, `.env.example` and the client's types from the tables in code. */
const root = new URL('../../', import.meta.url);
mkdirSync(new URL('docs/reference/', root), { recursive: true });
for (const { file, text } of referencePages()) {
  writeFileSync(new URL(`docs/reference/${file}`, root), text);
}
writeFileSync(new URL('.env.example', root), envExample());
await writeClientTypes(root);
