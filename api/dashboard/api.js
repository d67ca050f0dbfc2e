/** An answer that is no success; `problem` is the server's own word (RFC 9457), or one of ours where it gave none. */
export class ApiProblem extends Error {
  constructor(status, problem) {
    super(problem.title);
    this.status = status;
    this.problem = problem;
  }
}

const withinMs = 15_000;

/** JSON of one request. Throws ApiProblem; an answer that never came has status 0. */
async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.timeout(withinMs), cache: 'no-store' });
  } catch (cause) {
    throw new ApiProblem(0, {
      type: 'no-answer',
      title: 'The server does not answer',
      detail: String(cause.message ?? cause),
      requestId: null,
    });
  }
  const body = await response.json().catch(() => null);
  if (response.ok && body !== null) return body;
  throw new ApiProblem(
    response.status,
    body ?? { type: 'no-answer', title: `Status ${response.status}`, detail: '', requestId: null },
  );
}

export const report = (name, query) => ask(`/v1/analytics/${name}?${new URLSearchParams(query)}`);

/** What the reconciliations of the days came to. */
export const reconciliation = () => ask('/v1/ops/reconciliation');

export const signIn = (key) =>
  ask('/v1/session', { method: 'POST', headers: { Authorization: `Bearer ${key}` } });
export const signOut = () => ask('/v1/session/end', { method: 'POST' });
export const whoIsIn = () => ask('/v1/session');
