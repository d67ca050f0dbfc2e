import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildPage, dashboardPage, shopPage } from './build-page.ts';

for (const page of [dashboardPage, shopPage]) {
  const files = await buildPage(page);
  rmSync(page.built, { recursive: true, force: true });
  mkdirSync(page.built);
  for (const { name, bytes } of files) writeFileSync(path.join(page.built, name), bytes);
}
