import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../config/config.ts';
import { crashPointNames, parseCrashPlan } from '../config/crash-points.ts';
import { armCrashPoint, crashMark, crashPoint } from './crash-point.ts';

const sources = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], {
  cwd: repositoryRoot,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /^(api|processors|producers|sinks)\//.test(file) && !file.includes('.test.'))
  .map((file) => readFileSync(path.join(repositoryRoot, file), 'utf8'));

test('each declared crash point stands in the code exactly once, and no other does', () => {
  const found = sources.flatMap((source) =>
    [...source.matchAll(/crashPoint\('([^']+)'\)/g)].map(([, name]) => name),
  );
  expect(Object.groupBy(found, (name) => name ?? '')).toEqual(
    Object.fromEntries(crashPointNames.map((name) => [name, [name]])),
  );
});

test.each([
  ['sink.before-block:1', { name: 'sink.before-block', nth: 1, how: 'kill' }],
  ['api.after-ack:12:kill', { name: 'api.after-ack', nth: 12, how: 'kill' }],
  ['runtime.before-append:3:stop', { name: 'runtime.before-append', nth: 3, how: 'stop' }],
  ['sink.before-block', undefined],
  ['sink.before-block:0', undefined],
  ['sink.somewhere:1', undefined],
  ['sink.before-block:1:melt', undefined],
])('reads %s', (text, plan) => {
  expect(parseCrashPlan(text)).toEqual(plan);
});

test('passes an unarmed point, and one before its turn', () => {
  crashPoint('sink.before-block');
  armCrashPoint({ name: 'sink.before-block', nth: 2, how: 'kill' });
  crashPoint('sink.before-block');
  crashPoint('sink.after-position');
  armCrashPoint(null);
});

test('kills its own process at the nth passage, and says where', () => {
  const program = `
    import { armCrashPoint, crashPoint } from ${JSON.stringify(path.join(import.meta.dirname, 'crash-point.ts'))};
    armCrashPoint({ name: 'api.after-ack', nth: 2, how: 'kill' });
    for (const turn of [1, 2, 3]) { console.log(turn); crashPoint('api.after-ack'); }`;
  const ran = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', program], {
    encoding: 'utf8',
  });
  expect(ran).toMatchObject({ signal: 'SIGKILL', stdout: '1\n2\n' });
  expect(ran.stderr).toBe(`${crashMark}{"name":"api.after-ack","nth":2,"how":"kill"}\n`);
});
