import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildPage } from './build-page.ts';

const folder = path.join(import.meta.dirname, 'built');
const files = await buildPage();
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const { name, bytes } of files) writeFileSync(path.join(folder, name), bytes);
