import { mkdirSync, writeFileSync } from 'node:fs';
import { generatedTypes } from './generated-types.ts';

/** `npm run generate`: writes `schemas/generated/*.ts` from `schemas/avro/*.avsc`. */
mkdirSync(new URL('./generated/', import.meta.url), { recursive: true });
for (const { file, text } of generatedTypes()) {
  writeFileSync(new URL(`./generated/${file}`, import.meta.url), text);
}
