import { ServerSentEventReader } from '../../api/client/server-sent-events.ts';
import type { ApiTarget } from './api-target.ts';
import { exitCodes } from '../config/exit-codes.ts';
import { CliError } from './cli-error.ts';

const timeoutMs = 30_000;

/** Exit code of a problem's status (interface §5). */
function exitCodeOf(status: number): number {
  if (status === 404) return exitCodes.notFound;
  if (status === 409 || status === 412) return exitCodes.conflict;
  if (status === 429 || status === 503) return exitCodes.tryAgain;
  return status >= 500 ? exitCodes.unavailable : exitCodes.invalid;
}

/** What a response that is not 2xx says, as the CLI's error: its problem code, its detail, its request id. */
async function toCliError(response: Response): Promise<CliError> {
  const text = await response.text();
  let problem: Readonly<Record<string, unknown>> = {};
  try {
    problem = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // not a problem document: the status alone speaks
  }
  const word = (name: string): string | undefined => {
    const value = problem[name];
    return typeof value === 'string' ? value : undefined;
  };
  const code = word('type')?.replace(/^.*\//, '') ?? `http-${response.status}`;
  const requestId = word('requestId');
  const reason = word('reason');
  const said = word('detail') ?? word('title') ?? `the API answers ${response.status}`;
  return new CliError(reason === undefined ? said : `${reason}: ${said}`, {
    code,
    exitCode: exitCodeOf(response.status),
    ...(requestId === undefined ? {} : { requestId }),
  });
}

/** GETs a path. Throws CliError for an answer that is not 2xx, and (69) where nothing answers. */
export const getFromApi = (target: ApiTarget, path: string, stream = false): Promise<Response> =>
  ask(target, path, {
    headers: { accept: stream ? 'text/event-stream' : 'application/json' },
    ...(stream ? {} : { signal: AbortSignal.timeout(timeoutMs) }),
  });

/** POSTs a body under a key that says which wish it is: the same key again does it no second time. Throws as `getFromApi`. */
export const postToApi = (
  target: ApiTarget,
  path: string,
  { body, idempotencyKey }: { readonly body: unknown; readonly idempotencyKey: string },
): Promise<Response> =>
  ask(target, path, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });

/** PUTs a body; `ifMatch` demands a version. Throws as `getFromApi`. */
export const putToApi = (
  target: ApiTarget,
  path: string,
  { body, ifMatch }: { readonly body: unknown; readonly ifMatch?: string },
): Promise<Response> =>
  ask(target, path, {
    method: 'PUT',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });

async function ask(
  { api, credential }: ApiTarget,
  path: string,
  {
    headers,
    ...request
  }: Omit<RequestInit, 'headers'> & { readonly headers: Readonly<Record<string, string>> },
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(api + path, {
      ...request,
      headers: { ...headers, authorization: `Bearer ${credential}` },
    });
  } catch (cause) {
    throw new CliError(`nothing answers at ${api}`, {
      code: 'api-unavailable',
      exitCode: exitCodes.unavailable,
      next: 'npx millrace status',
      cause,
    });
  }
  if (!response.ok) throw await toCliError(response);
  return response;
}

/** The events of a server-sent stream: each its data, parsed as JSON. Comments and heartbeats are left out. */
export async function* readEvents(response: Response): AsyncGenerator {
  const reader = new ServerSentEventReader();
  for await (const bytes of response.body ?? []) {
    for (const { data } of reader.read(bytes)) yield JSON.parse(data);
  }
}
