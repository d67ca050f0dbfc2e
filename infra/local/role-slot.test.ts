import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { limitedNode } from './role-slot.ts';

const program = `
  const { open_files: files } = process.report.getReport().userLimits;
  const heap = require('node:v8').getHeapStatistics().heap_size_limit;
  console.log(JSON.stringify({ files: files.soft, heapMb: Math.round(heap / 1_048_576) }));`;
const run = (limits: Parameters<typeof limitedNode>[1]) => {
  const { command, args } = limitedNode(['--max-semi-space-size=1', '-e', program], limits);
  return JSON.parse(execFileSync(command, args, { encoding: 'utf8' })) as { files: number; heapMb: number };
};

test.runIf(process.platform === 'linux')('starts Node with so many descriptors and so much heap', () => {
  const free = run({});
  const limited = run({ heapMb: 64, descriptors: 96 });
  expect(limited.files).toBe(96);
  expect(limited.heapMb).toBeLessThan(80);
  expect(free.heapMb).toBeGreaterThan(80);
  expect(run({ heapMb: 64 }).files).toBe(free.files);
});
