import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { tokenBehaviours } from '../../infra/psp/simulator/token-behaviours.ts';
import { buildPage, shopPage } from '../dashboard/build-page.ts';
import { loadStaticFiles } from '../http/static-files.ts';
import { testTokens } from './page/test-tokens.ts';

const files = loadStaticFiles(shopPage.built);
const index = files.get('/index.html')?.bytes.toString() ?? '';

test('the first page is less than 60 kB on the wire', () => {
  const named = [...index.matchAll(/(?:src|href)="\/shop(\/[^"]+)"/g)].map(([, url]) => url ?? '');
  expect(new Set(named)).toEqual(new Set(['/app.css', '/app.js', '/icon.svg']));
  const bytes = ['/', ...named].map((url) => files.get(url)?.gzipped.length ?? Number.NaN);
  expect(bytes.reduce((sum, length) => sum + length, 0)).toBeLessThan(60_000);
  expect(files.get('/app.js')?.bytes.toString()).not.toMatch(/\bimport\(/); // nor anything later
});

test('what is served is what the sources make (else: npm run generate)', async () => {
  const built = await buildPage(shopPage);
  expect(new Set(['/', ...built.map(({ name }) => `/${name}`)])).toEqual(new Set(files.keys()));
  for (const { name, bytes } of built)
    expect(bytes.equals(files.get(`/${name}`)?.bytes ?? Buffer.of())).toBe(true);
}, 60_000);

test('it asks nobody else for anything, holds no key, no inline script or style', () => {
  for (const [url, { bytes }] of files) {
    const text = bytes.toString();
    const names = text.match(/https?:\/\/[^\s"'`]+/g) ?? [];
    expect([url, names.filter((name) => !name.startsWith('http://www.w3.org/'))]).toEqual([url, []]);
    expect(text).not.toMatch(/mr_(test|live)_[0-9a-f]/);
  }
  expect(index).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
  const texts = readdirSync(shopPage.root).map((name) =>
    readFileSync(path.join(shopPage.root, name), 'utf8'),
  );
  expect(texts.length).toBeGreaterThan(15);
  expect(texts.filter((text) => /innerHTML|insertAdjacentHTML|document\.write/.test(text))).toEqual([]);
});

test('every way to pay is a token of the simulated provider', () => {
  expect(testTokens.map(({ token }) => token).filter((token) => !tokenBehaviours.has(token))).toEqual([]);
});
