import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { AnalyticsAnswer, AnalyticsRow, AskedAgain, Coverage, Expectation } from './given.ts';

/** A file given to an audit cannot be used; the message names file and fault. */
export class BadGivenFile extends Error {}

const share = z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)]);
const expectationSchema = z.strictObject({
  faults: z.boolean(),
  ends: z
    .strictObject({
      Confirmed: share,
      Rejected: share,
      Declined: share,
      Expired: share,
      Cancelled: share,
    })
    .partial()
    .default({}),
});
const counts = z.record(z.string(), z.number().min(0));
const coverageSchema = z.strictObject({ declared: counts, reached: counts.default({}) });

/** `{"faults": false, "ends": {"Confirmed": [0.95, 1]}}` (I-19). */
export const readExpectation = (file: string): Promise<Expectation> =>
  readJson(file, (json) => expectationSchema.parse(json) as Expectation);

/** `{"declared": {"kill after-append": 1}, "reached": {"kill after-append": 3}}` (I-24). */
export const readCoverage = (file: string): Promise<Coverage> =>
  readJson(file, (json) => coverageSchema.parse(json));

async function readJson<T>(file: string, parse: (json: unknown) => T): Promise<T> {
  try {
    return parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new BadGivenFile(`${file}: ${z.prettifyError(toZodError(error))}`, { cause: error });
  }
}

/** One text a line: what must be found nowhere (I-22). */
export const readCanaries = async (file: string): Promise<readonly string[]> =>
  (await readFile(file, 'utf8')).split(/\r?\n/).filter((line) => line !== '');

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const answerSchema = z.object({
  data: z.array(z.record(z.string(), cell)),
  meta: z.object({ complete_until: z.string().nullable(), bucket: z.string().nullable() }),
});
const recordedSchema = z.object({ path: z.string().startsWith('/v1/analytics/'), answer: answerSchema });

/** An analytics answer as it was recorded. */
export type RecordedAnswer = z.output<typeof recordedSchema>;

/** Answers recorded while the run went on, a line each: `{"path": "/v1/analytics/sales?…", "answer": <its body>}`. */
export async function readAnswers(file: string): Promise<readonly RecordedAnswer[]> {
  const lines = (await readFile(file, 'utf8')).split('\n');
  return lines.flatMap((line, i) => (line.trim() === '' ? [] : [parseLine(`${file}:${i + 1}`, line)]));
}

/** Asks each question again; `ask` gives the body as parsed JSON (I-17). */
export async function askAgain(
  recorded: readonly RecordedAnswer[],
  ask: (path: string) => Promise<unknown>,
): Promise<readonly AskedAgain[]> {
  const asked: AskedAgain[] = [];
  for (const { path, answer } of recorded) {
    const after = answerSchema.parse(await ask(path));
    asked.push({ question: path, before: toAnswer(answer), after: toAnswer(after) });
  }
  return asked;
}

function parseLine(where: string, line: string): z.output<typeof recordedSchema> {
  try {
    return recordedSchema.parse(JSON.parse(line));
  } catch (error) {
    throw new BadGivenFile(`${where}: ${z.prettifyError(toZodError(error))}`, { cause: error });
  }
}

const toZodError = (error: unknown): z.ZodError =>
  error instanceof z.ZodError
    ? error
    : new z.ZodError([{ code: 'custom', path: [], message: String(error), input: undefined }]);

/** No bucket of a kind is longer: days have 25 hours at times, months 31 days. Longer means sooner called unfinished. */
const hourMs = 3_600_000;
const bucketMaxMs: Readonly<Record<string, number>> = {
  minute: 60_000,
  '5m': 300_000,
  '15m': 900_000,
  hour: hourMs,
  day: 25 * hourMs,
  week: (7 * 24 + 1) * hourMs,
  month: (31 * 24 + 1) * hourMs,
};

function toAnswer({ data, meta }: z.output<typeof answerSchema>): AnalyticsAnswer {
  const lengthMs = bucketMaxMs[meta.bucket ?? ''];
  // Rows that are no buckets promise nothing.
  if (lengthMs === undefined || meta.complete_until === null) return { completeUntilMs: null, rows: [] };
  return {
    completeUntilMs: Date.parse(meta.complete_until),
    rows: data.map((row) => toRow(row, lengthMs)),
  };
}

function toRow(row: Readonly<Record<string, z.output<typeof cell>>>, lengthMs: number): AnalyticsRow {
  const { bucket, bucket_local: _local, partial: _partial, ...columns } = row;
  const fromMs = Date.parse(String(bucket));
  const cells = Object.entries(columns);
  const inWords = (isNumber: boolean): string =>
    cells
      .filter(([, value]) => (typeof value === 'number') === isNumber)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ');
  return { fromMs, toMs: fromMs + lengthMs, group: inWords(false), values: inWords(true) };
}
