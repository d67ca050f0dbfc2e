import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { childEnvironment } from '../config/environment.ts';
import { repositoryRoot } from '../config/config.ts';
import { ensureChromium } from './chromium.ts';
import { type CheckCount, readVitestReport } from './read-vitest-report.ts';
import { SetupError } from './setup-error.ts';
import { type StepTime, timeLine, timesTable } from './step-times.ts';
import { clearTestCounts, testCountLines } from './test-counts.ts';

// Behind `npm test`. Arguments: [--project unit|int|e2e]… [file filter]…; with any of them the type and lint checks rest.
const allProjects = ['unit', 'int', 'e2e'];
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { project: { type: 'string', multiple: true } },
});
const projects = values.project ?? allProjects;
const unknown = projects.filter((project) => !allProjects.includes(project));
if (unknown.length > 0) {
  process.stderr.write(`unknown project ${unknown.join(', ')}; there are ${allProjects.join(', ')}\n`);
  process.exit(2);
}
const isWhole = values.project === undefined && positionals.length === 0;

const run = (script: string, args: readonly string[]): Promise<number | null> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(repositoryRoot, script), ...args], {
      cwd: repositoryRoot,
      stdio: 'inherit',
      env: childEnvironment(),
    });
    child.once('error', () => resolve(null));
    child.once('exit', resolve);
  });

// Ctrl-C reaches the running check from the terminal; its result and the summary still come.
let interrupted = false;
process.on('SIGINT', () => {
  interrupted = true;
});

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const secondsSince = (beganMs: number): number => (performance.now() - beganMs) / 1_000;
const times: StepTime[] = [];

/** Names a step before and its seconds after it. */
async function timed<T>(step: string, act: () => Promise<T>): Promise<T> {
  say(`\n== ${step}`);
  const beganMs = performance.now();
  try {
    return await act();
  } finally {
    const time = { step, seconds: secondsSince(beganMs) };
    times.push(time);
    say(timeLine(time));
  }
}

const check = (name: string, script: string, args: readonly string[]): Promise<CheckCount> =>
  timed(name, async () => {
    const code = await run(script, args);
    return code === 0 ? { passed: 1, failures: [] } : { passed: 0, failures: [`${name}: exit code ${code}`] };
  });

const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-checks-'));

async function vitest(project: string): Promise<CheckCount> {
  const report = path.join(folder, `${project}.json`);
  const args = [
    'run',
    '--project',
    project,
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const code = await run('node_modules/vitest/vitest.mjs', [...args, ...positionals]);
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    parsed = undefined; // readVitestReport counts a missing report as a failure
  }
  return readVitestReport(project, parsed, code);
}

async function hasPageTests(): Promise<boolean> {
  for await (const _ of glob('{api,infra}/**/*.e2e.test.ts', { cwd: repositoryRoot })) return true;
  return false;
}

const beganMs = performance.now();
const counts: CheckCount[] = [];
clearTestCounts();
if (isWhole) {
  counts.push(await check('types (tsc)', 'node_modules/typescript/bin/tsc', ['--noEmit', '-p', '.']));
  counts.push(await check('lint (oxlint)', 'node_modules/oxlint/bin/oxlint', ['--type-aware']));
  const million = ['--orders', '1000000'];
  counts.push(await check('simulation', 'processors/simulation/main.ts', million));
  const hotSku = ['--profile', 'hot-sku', '--orders', '50000', '--seed', '1'];
  counts.push(await check('hot SKU', 'processors/simulation/main.ts', hotSku));
  counts.push(await check('mutants', 'infra/mutants/main.ts', ['--seeds', '300']));
}
for (const project of projects) {
  if (interrupted) break;
  try {
    if (project === 'e2e' && (await hasPageTests())) await ensureChromium(say);
    counts.push(await timed(`tests: ${project}`, () => vitest(project)));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    counts.push({ passed: 0, failures: [`${project}: ${error.message}`] });
  }
}
rmSync(folder, { recursive: true, force: true });

const failures = counts.flatMap((count) => count.failures);
if (interrupted) failures.push('interrupted');
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
for (const failure of failures) process.stdout.write(`FAILED ${failure}\n`);
for (const line of testCountLines()) process.stdout.write(`${line}\n`);
for (const line of timesTable(times, secondsSince(beganMs))) process.stdout.write(`${line}\n`);
if (passed === 0 && failures.length === 0) process.stdout.write('no test ran\n');
process.stdout.write(`${passed} passed, ${failures.length} failed\n`);
process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1;
