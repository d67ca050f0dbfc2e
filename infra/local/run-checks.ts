import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { childEnvironment } from '../config/environment.ts';
import { repositoryRoot } from '../config/config.ts';
import { ensureChromium } from './chromium.ts';
import { type CheckCount, readVitestReport } from './read-vitest-report.ts';
import { type Beside, runBeside } from './run-beside.ts';
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
/** A million take two cores five minutes, a sixth of what the whole may take: `npm run sim -- --orders 1000000`. */
const simulatedOrders = '60000';
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

const countOf = (name: string, code: number | null): CheckCount =>
  code === 0 ? { passed: 1, failures: [] } : { passed: 0, failures: [`${name}: exit code ${code}`] };

const check = (name: string, script: string, args: readonly string[]): Promise<CheckCount> =>
  timed(name, async () => countOf(name, await run(script, args)));

interface Simulation {
  readonly step: string;
  readonly beside: Beside;
  /** What it came to and its own seconds, of which most pass beside other steps. */
  readonly done: Promise<{ readonly count: CheckCount; readonly seconds: number }>;
}

/** Its worlds have clocks of their own: they may come to their end as slowly as they like. */
function simulate(name: string, args: readonly string[]): Simulation {
  const beganMs = performance.now();
  const main = path.join(repositoryRoot, 'processors/simulation/main.ts');
  const beside = runBeside([process.execPath, main, ...args], repositoryRoot);
  const done = beside.ended.then((code) => ({ count: countOf(name, code), seconds: secondsSince(beganMs) }));
  return { step: `${name}, beside the tests`, beside, done };
}

/** Waits for those that still run, and says what each has said. */
async function countSimulations(simulations: readonly Simulation[]): Promise<void> {
  for (const { step, beside, done } of simulations) {
    say(`\n== ${step}`);
    beside.show();
    const { count, seconds } = await done;
    const time = { step, seconds };
    times.push(time);
    say(timeLine(time));
    counts.push(count);
  }
}

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

const beganMs = performance.now();
const counts: CheckCount[] = [];
clearTestCounts();
const simulations: Simulation[] = [];
if (isWhole) {
  simulations.push(simulate('simulation', ['--orders', simulatedOrders]));
  simulations.push(simulate('hot SKU', ['--profile', 'hot-sku', '--orders', '50000', '--seed', '1']));
  counts.push(await check('types (tsc)', 'node_modules/typescript/bin/tsc', ['--noEmit', '-p', '.']));
  counts.push(await check('lint (oxlint)', 'node_modules/oxlint/bin/oxlint', ['--type-aware']));
  counts.push(await check('dependencies (SBOM, advisories)', 'infra/dependencies/main.ts', []));
  counts.push(await check('mutants', 'infra/mutants/main.ts', ['--seeds', '300', '--known-first']));
}
for (const project of projects) {
  if (interrupted) break;
  try {
    if (project !== 'unit' && positionals.length === 0) await ensureChromium(say); // page tests run at the same time
    counts.push(await timed(`tests: ${project}`, () => vitest(project)));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    counts.push({ passed: 0, failures: [`${project}: ${error.message}`] });
  }
}
if (interrupted) await Promise.all(simulations.map(({ beside }) => beside.stop()));
await countSimulations(simulations);
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
