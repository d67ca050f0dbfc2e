import { expect, test } from 'vitest';
import { readCases, runCorpus } from './run-corpus.ts';

const cases = readCases(new URL('./bad-input-topics.json', import.meta.url));
const idOf = ({ id }: { readonly id: string }): string => id;

test('every bad record on a topic comes to what the corpus says', async () => {
  const report = await runCorpus(cases);
  expect(report.failed).toEqual([]);
  expect(report.cases).toBe(cases.length);
  expect(cases.length).toBeGreaterThan(50);
  process.stdout.write(`topic corpus: ${report.cases} cases as expected\n`);
});

test.each<[string, (expect: (typeof cases)[number]['expect']) => object]>([
  ['topic-frame-02', (of) => ({ ...of, status: 'processed' })],
  ['topic-meaning-01', (of) => ({ ...of, problemType: 'decode' })],
  ['topic-source-02', (of) => ({ ...of, effective: [0] })],
  ['topic-journal-12', (of) => ({ ...of, valid: [1] })],
  ['topic-journal-12', (of) => ({ ...of, auditor: 'I-06' })],
])('a wrong expectation of %s is reported', async (id, spoil) => {
  const of = cases.filter((one) => one.id === id);
  const report = await runCorpus(
    of.map((one) => ({ ...one, expect: spoil(one.expect) as typeof one.expect })),
  );
  expect(report.failed.map(idOf)).toEqual([id]);
});

test('a case in words this runner does not know fails; it is never skipped', async () => {
  const record = {
    topic: 'orders.commands.v1',
    key: '{{order.nobody-knows}}',
    avro: { type: 'Tick', set: {} },
  };
  const expectation = { status: 'processed' };
  const unknown = [
    JSON.parse(`{"record": ${JSON.stringify(record).slice(0, -1)}, "then": [{"op": "melt"}]}}`),
    { record: { ...record, key: '{{queen.of-spades}}' } },
    { record: { ...record, schema: 'next-millennium' } },
    { record, needs: ['a full moon'] },
  ].map((of, i) => ({ id: `unknown-${i}`, class: 'x', title: 'x', expect: expectation, ...of }));
  const report = await runCorpus(unknown);
  expect(report.failed.map(({ id, got }) => [id, got.status])).toEqual(
    unknown.map(({ id }) => [id, 'not-run']),
  );
});
