import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadStaticFiles } from './static-files.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'static-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('serves pages, scripts and styles by their path, and no source, test or hidden file', () => {
  mkdirSync(path.join(folder, 'vendor'));
  for (const file of ['index.html', 'app.js', 'app.test.js', 'server.ts', '.secret.js', 'vendor/chart.css']) {
    writeFileSync(path.join(folder, file), file);
  }
  const files = loadStaticFiles(folder);
  expect([...files.keys()].toSorted()).toEqual(['/', '/app.js', '/index.html', '/vendor/chart.css']);
  expect(files.get('/')?.contentType).toContain('text/html');
});

test('a folder that is not there has no files', () => {
  expect(loadStaticFiles(path.join(folder, 'nowhere')).size).toBe(0);
});
