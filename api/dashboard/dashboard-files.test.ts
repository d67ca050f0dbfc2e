import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadStaticFiles } from '../http/static-files.ts';
import { buildPage, dashboardPage } from './build-page.ts';

const files = loadStaticFiles(path.join(import.meta.dirname, 'built'));
const textOf = (url: string): string => files.get(url)?.bytes.toString() ?? '';
const sources = path.join(import.meta.dirname, 'page');

/** What `/` makes a browser load: itself, and all it names. */
const firstPage = [
  '/',
  ...[...textOf('/index.html').matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, url]) => url),
];

test('the first page is less than 60 kB on the wire', () => {
  expect(new Set(firstPage)).toEqual(new Set(['/', '/app.css', '/app.js', '/table.js', '/icon.svg']));
  const scripts = firstPage.filter((url) => url?.endsWith('.js'));
  for (const url of scripts)
    for (const [, other] of textOf(url ?? '').matchAll(/from\s*["'`]\.(\/[^"'`]+)["'`]/g))
      expect([url, scripts.includes(other)]).toEqual([url, true]); // nothing that is found out later
  const bytes = firstPage.map((url) => files.get(url ?? '')?.gzipped.length ?? Number.NaN);
  expect(bytes.reduce((sum, length) => sum + length, 0)).toBeLessThan(60_000);
});

test('a page that is not the first comes when it is opened, in a file of its own and not large', () => {
  const later = [...textOf('/app.js').matchAll(/\bimport\((.)\.(\/[\w-]+\.js)\1\)/g)].map(([, , url]) => url);
  expect(later.length).toBeGreaterThan(3);
  expect(textOf('/app.js').match(/\bimport\(/g)).toHaveLength(later.length);
  expect(firstPage.filter((url) => later.includes(url))).toEqual([]);
  for (const url of later) expect(files.get(url ?? '')?.gzipped.length ?? Number.NaN).toBeLessThan(20_000);
});

test('what is served is what the sources make (else: npm run generate)', async () => {
  const built = await buildPage(dashboardPage);
  expect(new Set(['/', ...built.map(({ name }) => `/${name}`)])).toEqual(new Set(files.keys()));
  for (const { name, bytes } of built)
    expect(bytes.equals(files.get(`/${name}`)?.bytes ?? Buffer.of())).toBe(true);
}, 60_000);

test('it asks nobody else for anything, and holds no inline script or style', () => {
  for (const [url, { bytes }] of files) {
    const names = bytes.toString().match(/https?:\/\/[^\s"'`]+/g) ?? [];
    // names of XML's, which nobody opens, and the address in an example that is shown as text
    const harmless = ['http://www.w3.org/', 'http://127.0.0.1:8080'];
    expect([url, names.filter((name) => !harmless.some((one) => name.startsWith(one)))]).toEqual([url, []]);
  }
  expect(textOf('/index.html')).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
  const markup = /innerHTML|insertAdjacentHTML|document\.write/;
  const texts = readdirSync(sources).map((name) => readFileSync(path.join(sources, name), 'utf8'));
  expect(texts.length).toBeGreaterThan(20);
  expect(texts.filter((text) => markup.test(text))).toEqual([]);
});

test('no key stands in the page', () => {
  for (const { bytes } of files.values()) expect(bytes.toString()).not.toMatch(/mr_(test|live)_/);
});
