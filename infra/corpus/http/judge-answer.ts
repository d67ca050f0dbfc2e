import { problemKinds } from '../../../api/http/problem-codes.ts';
import type { Exchanged, Received } from './exchange.ts';
import type { Expectation } from './http-case.ts';

/** What came of a case, as the report shows it. */
export interface Got {
  /** Of the first answer; 0 = none. An Outcome where a provider answered. */
  readonly status: number | string;
  readonly problemType: string | null;
  /** How it differs from what was expected. */
  readonly differences: readonly string[];
}

/** On a machine that does other things too an answer within a limit may come so much later. */
const slackMs = 200;

export const statusOf = ({ answers }: Exchanged): number => answers[0]?.status ?? 0;

/** The last segment of a problem's type; null for another answer. */
export function problemTypeOf(answer: Received | undefined): string | null {
  if (!answer?.headers['content-type']?.startsWith('application/problem+json')) return null;
  return typeOf(problemIn(answer));
}

/** Statuses that a list of a case allows. A text there makes the case one of a provider's replies. */
export function allowedStatuses({ status }: Expectation): readonly number[] {
  return [status].flat().map((one) => {
    if (typeof one === 'string') throw new RangeError(`an HTTP answer has no status ${JSON.stringify(one)}`);
    return one;
  });
}

/** Whether an answer is the other one that the case allows beside what it expects. */
export function isAlsoAllowed({ alsoAllowed }: Expectation, status: number): boolean {
  if (alsoAllowed === undefined) return false;
  const listed =
    typeof alsoAllowed === 'object' && 'status' in alsoAllowed ? alsoAllowed.status : alsoAllowed;
  return [listed].flat().includes(status);
}

/** How what came over the wire differs from what a case expects: empty = as expected. `method` of the request. */
export function differencesOf(exchanged: Exchanged, expected: Expectation, method = ''): readonly string[] {
  const { answers, closed, elapsedMs } = exchanged;
  const differences = answers.flatMap((answer) => everyAnswer(answer, method));
  const status = statusOf(exchanged);
  const isOther = isAlsoAllowed(expected, status);
  if (!isOther && !allowedStatuses(expected).includes(status))
    differences.push(`status ${status}: ${answers[0]?.body.slice(0, 300) ?? 'no answer'}`);
  if (answers[0] && !isOther) differences.push(...firstAnswer(answers[0], expected, method));
  if (expected.closes !== undefined && closed !== expected.closes)
    differences.push(closed ? 'the connection was closed' : 'the connection stays open');
  if (expected.withinMs !== undefined && elapsedMs > expected.withinMs + slackMs)
    differences.push(`${Math.round(elapsedMs)} ms instead of ${expected.withinMs}`);
  if (expected.maxResponses !== undefined && answers.length > expected.maxResponses)
    differences.push(`${answers.length} answers instead of ${expected.maxResponses} at most`);
  if (answers[0] && [expected.firstAnswerNot ?? []].flat().includes(status))
    differences.push(`the first answer is ${status}`);
  return differences;
}

/** What holds for every answer of the API: an error is a documented problem, and nothing of the input became a header. */
function everyAnswer({ status, headers, body }: Received, method: string): string[] {
  const differences: string[] = [];
  if (headers['x-injected'] !== undefined) differences.push('a header came out of the input');
  if (status < 400) return differences;
  if (!headers['content-type']?.startsWith('application/problem+json'))
    return [...differences, `a ${status} that is no problem+json`];
  if (method === 'HEAD') return differences;
  const problem = problemIn({ status, headers, body });
  const code = typeOf(problem) ?? '';
  if (problem === null) differences.push(`a ${status} whose problem cannot be read`);
  else if (!Object.hasOwn(problemKinds, code)) differences.push(`the problem ${code} is not documented`);
  else if (problem['status'] !== status) differences.push(`the problem of a ${status} says another status`);
  if (/\n\s+at \S/.test(body)) differences.push('a stack trace stands in the answer');
  return differences;
}

function firstAnswer(answer: Received, expected: Expectation, method: string): string[] {
  const differences: string[] = [];
  if (answer.status >= 400 && method !== 'HEAD') differences.push(...problem(answer, expected));
  for (const [name, wanted] of Object.entries(expected.headers ?? {})) {
    const value = answer.headers[name.toLowerCase()];
    if (!fitsHeader(value, wanted))
      differences.push(`the header ${name} is ${value ?? 'absent'}, not ${wanted}`);
  }
  const replayed = answer.headers['idempotent-replayed'] === 'true';
  if (expected.replayed !== undefined && answer.status < 400 && replayed !== expected.replayed)
    differences.push(replayed ? 'it is told as a replay' : 'it is not told as a replay');
  return differences;
}

function problem(answer: Received, expected: Expectation): string[] {
  const body = problemIn(answer);
  const type = typeOf(body);
  const differences: string[] = [];
  const allowed = expected.problemTypes ?? (expected.problemType ? [expected.problemType] : null);
  if (allowed && !allowed.includes(type ?? '')) differences.push(`the problem is ${type}`);
  const pointers = pointersOf(body);
  if (expected.pointer !== undefined && !pointers.includes(expected.pointer))
    differences.push(`errors point at ${pointers.join(', ') || 'nothing'}`);
  if (type === 'quote-stale' && !isQuote(body?.['quote']))
    differences.push('the new quote is not in the answer');
  return differences;
}

const fitsHeader = (value: string | undefined, wanted: string): boolean =>
  wanted.endsWith('*') ? (value?.startsWith(wanted.slice(0, -1)) ?? false) : value === wanted;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

function problemIn({ body }: Received): Fields | null {
  try {
    const value: unknown = JSON.parse(body);
    return isFields(value) ? value : null;
  } catch {
    return null; // the caller says so
  }
}

function typeOf(problem: Fields | null): string | null {
  const type = problem?.['type'];
  return typeof type === 'string' ? (type.split('/').at(-1) ?? null) : null;
}

function pointersOf(problem: Fields | null): readonly string[] {
  const errors = problem?.['errors'];
  if (!Array.isArray(errors)) return [];
  return errors.map((error: unknown) => String(isFields(error) ? error['pointer'] : ''));
}

const isQuote = (value: unknown): boolean =>
  isFields(value) && Number.isSafeInteger(value['totalMinor']) && typeof value['quoteId'] === 'string';
