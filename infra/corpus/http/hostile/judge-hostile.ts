import { type ProblemCode, problemKinds } from '../../../../api/http/problem-codes.ts';
import type { Received } from '../exchange.ts';
import { problemTypeOf } from '../judge-answer.ts';
import type { DocumentedRoute } from './api-document.ts';
import type { HostileRequest } from './hostile-request.ts';
import { whyNot } from './may-be-accepted.ts';

/** What came of a request. */
export interface Judged {
  /** For the counts: the status, or the problem's code. */
  readonly came: string;
  /** It got as far as the meaning of its body or its resource. */
  readonly isNear: boolean;
  /** What must not be. */
  readonly violation: string | null;
}

/** Holds an answer against what must hold of every answer, whatever was sent. */
export function judgeHostile(
  request: HostileRequest,
  answer: Received,
  routes: readonly DocumentedRoute[],
  key: string,
): Judged {
  const { status, headers } = answer;
  if (status < 400) {
    const isGood = (status >= 200 && status < 300) || status === 304;
    const why = isGood ? whyNot(request, routes, key) : 'no such answer is documented';
    return {
      came: String(status),
      isNear: request.method !== 'OPTIONS',
      violation: why === null ? null : `${status}, though ${why}`,
    };
  }
  const isNear = status === 409 || status === 412 || status === 422;
  if (request.method === 'HEAD') {
    const isProblem = headers['content-type']?.startsWith('application/problem+json') ?? false;
    const violation = isProblem ? wrongStatus(status) : `a ${status} that is no problem+json`;
    return { came: `HEAD ${status}`, isNear, violation };
  }
  const code = problemTypeOf(answer);
  if (code === null || !Object.hasOwn(problemKinds, code))
    return { came: `${status}`, isNear, violation: `a ${status} without a documented problem` };
  const kind = problemKinds[code as ProblemCode];
  const misread = code === 'expectation-failed' && !expects(request);
  const violation =
    kind.status !== status
      ? `a ${status} that says ${code}`
      : misread
        ? 'the answer of another request'
        : wrongStatus(status);
  return { came: code, isNear, violation };
}

/** No input gives a 5xx but a 503, which says that nothing was wrong with the request. */
const wrongStatus = (status: number): string | null =>
  status >= 500 && status !== 503 ? `a ${status}` : null;

const expects = ({ headers, framing }: HostileRequest): boolean =>
  headers.some(([name]) => name.toLowerCase() === 'expect') ||
  (Buffer.isBuffer(framing) && framing.includes('Expect'));
