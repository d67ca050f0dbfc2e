import { problemKinds, type ProblemCode } from './problem-codes.ts';

/** One field of the request that is wrong. Never holds the value. */
export interface FieldError {
  /** RFC 6901, `''` is the whole body. */
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

export interface ProblemDetails {
  /** What is wrong with this request, the limit and the next step; never an input value. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** The domain's own reason, for example `partly-shipped`. */
  readonly reason?: string;
  /** Of `quote-stale`: the price now, as `POST /v1/quotes` gives it. */
  readonly quote?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** For a 429 or 503; every other retryable problem gets 1. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** An answer other than 2xx or 304, thrown by whoever finds out. It becomes application/problem+json (RFC 9457). */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly details: ProblemDetails;

  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    super(`${code}: ${details.detail ?? problemKinds[code].title}`, { cause: details.cause });
    this.name = 'Problem';
    this.code = code;
    this.details = details;
  }
}

/** A problem ready to be written. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const problemMediaType = 'application/problem+json; charset=utf-8';
const errorsMax = 20;

/** Status, headers and body of a problem. `errors` is capped at 20 entries. */
export function toProblemAnswer(problem: Problem, requestId: string): ProblemAnswer {
  const { status, title, retryable } = problemKinds[problem.code];
  const { detail, errors, reason, quote, headers, retryAfterSeconds } = problem.details;
  const body = JSON.stringify({
    type: `/problems/${problem.code}`,
    title,
    status,
    detail: detail ?? problemKinds[problem.code].help,
    requestId,
    retryable,
    ...(reason === undefined ? {} : { reason }),
    ...(quote === undefined ? {} : { quote }),
    ...(errors === undefined ? {} : { errors: errors.slice(0, errorsMax) }),
  });
  return {
    status,
    headers: {
      'Content-Type': problemMediaType,
      'Cache-Control': 'no-store',
      ...(retryable ? { 'Retry-After': String(retryAfterSeconds ?? 1) } : {}),
      ...headers,
    },
    body,
  };
}

/** What a thrown value is to a caller: a Problem as it is, anything else is our bug. */
export const toProblem = (thrown: unknown): Problem =>
  thrown instanceof Problem ? thrown : new Problem('internal-error', { cause: thrown });
