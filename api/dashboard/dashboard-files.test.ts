import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadStaticFiles } from '../http/static-files.ts';

const folder = import.meta.dirname;
const files = loadStaticFiles(folder);
const textOf = (file: string): string => readFileSync(path.join(folder, file), 'utf8');

test('the first page is less than 60 kB on the wire', () => {
  const served = [...files].filter(([url]) => url !== '/index.html');
  expect(served.length).toBeGreaterThan(10);
  expect(served.reduce((bytes, [, { gzipped }]) => bytes + gzipped.length, 0)).toBeLessThan(60_000);
});

test('it asks nobody else for anything, and holds no inline script or style', () => {
  for (const [url, { bytes }] of files) {
    if (url.startsWith('/vendor/')) continue;
    expect(bytes.toString().replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\//);
  }
  const html = textOf('index.html');
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
  expect(textOf('dom.js') + textOf('panel.js') + textOf('app.js')).not.toMatch(
    /innerHTML|insertAdjacentHTML|document\.write/,
  );
});

test('the chart library is the one of the lockfile, unchanged', () => {
  const dist = path.dirname(createRequire(import.meta.url).resolve('uplot'));
  expect(textOf('vendor/uplot.js')).toBe(readFileSync(path.join(dist, 'uPlot.iife.min.js'), 'utf8'));
  expect(textOf('vendor/uplot.css')).toBe(readFileSync(path.join(dist, 'uPlot.min.css'), 'utf8'));
});

test('no key stands in the page', () => {
  for (const { bytes } of files.values()) expect(bytes.toString()).not.toMatch(/mr_(test|live)_/);
});
