import { parseArgs } from 'node:util';
import { readCases, runCorpus } from './run-corpus.ts';

/** `npm run corpus:topics -- [--file <cases>] [--json]`: exit 0 if every case came out as it says, else 1. */
const { values } = parseArgs({ options: { file: { type: 'string' }, json: { type: 'boolean' } } });
const cases = readCases(values.file ?? new URL('./bad-input-topics.json', import.meta.url));
const report = await runCorpus(cases);
if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else {
  for (const { id, expected, got } of report.failed) {
    const wanted = [expected.status, expected.problemType ?? expected.problemTypes ?? []].flat().join(' ');
    process.stdout.write(
      `${id}: wanted ${wanted}, got ${got.status} ${got.problemType ?? ''} ${got.detail ?? ''}\n`,
    );
  }
  process.stdout.write(`${report.cases - report.failed.length} of ${report.cases} cases as expected\n`);
}
process.exitCode = report.failed.length === 0 ? 0 : 1;
