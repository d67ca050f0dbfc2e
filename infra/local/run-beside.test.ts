import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { type Beside, runBeside } from './run-beside.ts';

vi.setConfig({ testTimeout: 60_000 });

const started: Beside[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(started.splice(0).map((beside) => beside.stop()));
});

/** A shell, for it starts on the little time that is left to it while other tests compute. */
const run = (script: string): Beside => {
  const beside = runBeside(['sh', '-c', script], os.tmpdir());
  started.push(beside);
  return beside;
};

/** What this process writes to its own stdout. */
const written = (): string[] => {
  const texts: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => texts.push(String(text)) > 0);
  return texts;
};

test('what runs beside has the lowest priority, keeps its words until they are asked for, and hands on its exit code', async () => {
  const texts = written();
  const beside = run('nice; exit 3');
  expect(await beside.ended).toBe(3);
  expect(texts).toEqual([]);
  beside.show();
  expect(texts.join('')).toBe('19\n');
});

test('once shown it speaks at once', async () => {
  const texts = written();
  const beside = run('echo late');
  beside.show();
  await beside.ended;
  expect(texts.join('')).toBe('late\n');
});

test('it is ended when nobody wants its answer', async () => {
  const beside = run('sleep 600');
  await beside.stop();
  expect(await beside.ended).toBeNull();
});

test('once somebody waits for it, it has the usual priority where the system lets it', async () => {
  const texts = written();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'run-beside-'));
  const at = (name: string): string => path.join(folder, name);
  const beside = run(`touch ${at('runs')}; until [ -e ${at('go')} ]; do sleep 0.1; done; nice`);
  await vi.waitUntil(() => existsSync(at('runs')), { timeout: 50_000 });
  beside.show();
  writeFileSync(at('go'), '');
  await beside.ended;
  expect(texts.join('')).toBe(process.getuid?.() === 0 ? '0\n' : '19\n');
  rmSync(folder, { recursive: true });
});
