import type { components } from './generated/api-types.ts';

/** A problem as the API tells it (RFC 9457). */
type ApiProblem = components['schemas']['Problem'];

/** The codes of the API, as its document lists them. */
export type ApiCode = ApiProblem['type'] extends `/problems/${infer Code}` ? Code : never;

type ClientCode =
  | 'unreachable'
  | 'aborted'
  | 'unexpected-answer'
  | 'not-modified'
  | 'ended-otherwise'
  | 'not-yet';

/**
 * Why a call brought nothing. `code` is the last segment of `type`: one of the API's (`/problems` lists them) or one of
 * the client's own, which no server said:
 * - `unreachable`: no answer came after all tries;
 * - `aborted`: the caller's signal ended the call;
 * - `unexpected-answer`: something answered that is not this API, a proxy for example;
 * - `not-modified`: the copy that `If-None-Match` names is current;
 * - `ended-otherwise`, `not-yet`: of `waitFor`.
 */
export interface Problem extends Omit<ApiProblem, 'type' | 'requestId'> {
  readonly type: string;
  /** A newer API may have codes that this client does not know. */
  readonly code: ApiCode | ClientCode | (string & {});
  /** The API's name for the request, for its log; null where no answer has one. */
  readonly requestId: string | null;
}

/** What the caller holds in either case. */
interface Told {
  /** Of this intent; null for a read. After `outcome: 'unknown'` the same call may be made again with it. */
  readonly idempotencyKey: string | null;
}

/** The API did what was asked. */
export interface Done<T> extends Told {
  readonly ok: true;
  readonly status: number;
  readonly data: T;
  /** The answer of an earlier try of the same intent, told again: nothing was done twice. */
  readonly replayed: boolean;
  /** Strong entity tag, for `If-Match` and `If-None-Match`; null where there is none. */
  readonly etag: string | null;
  readonly headers: Headers;
}

/** The API did not, or nobody knows. */
export interface Failed extends Told {
  readonly ok: false;
  /** Null: no answer came. */
  readonly status: number | null;
  readonly problem: Problem;
  /**
   * `none`: this call changed nothing. `unknown`: it may have taken effect; call again with the same `idempotencyKey`
   * and it takes effect once, however often it is sent.
   */
  readonly outcome: 'none' | 'unknown';
}

/** The result of every call: a value, never a thrown error for what the network or the API says. */
export type Answer<T> = Done<T> | Failed;

/** A problem of the client's own. */
export const clientProblem = (
  code: ClientCode,
  title: string,
  detail: string,
  more: { readonly retryable?: boolean; readonly reason?: string } = {},
): Problem => ({
  type: `about:blank#${code}`,
  code,
  title,
  status: 0,
  detail,
  requestId: null,
  retryable: more.retryable ?? false,
  ...(more.reason === undefined ? {} : { reason: more.reason }),
});

/** The problem in an answer that is not 2xx: the API's own, or that this is not its answer. */
export function problemOf(response: Response, body: unknown): Problem {
  if (response.status === 304)
    return clientProblem('not-modified', 'Not modified', 'The copy you have is current.');
  return isProblem(body) ? problemIn(body) : unexpected(`${response.status} without a problem document`);
}

/** A problem document of the API as the client tells it. */
export const problemIn = (body: ApiProblem): Problem => ({ ...body, code: body.type.replace(/^.*\//, '') });

/** Something answered that cannot be this API. */
export const unexpected = (what: string): Problem =>
  clientProblem(
    'unexpected-answer',
    'This is not an answer of the API',
    `The address answers ${what}. Check the address, and any proxy before it.`,
  );

/** True for a body that has what every problem of the API has. */
export const isProblem = (body: unknown): body is ApiProblem =>
  typeof body === 'object' &&
  body !== null &&
  'type' in body &&
  typeof body.type === 'string' &&
  'retryable' in body &&
  typeof body.retryable === 'boolean';
