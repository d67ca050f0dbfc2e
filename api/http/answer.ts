/** A good answer of a route; everything else is a thrown Problem. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const json = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' };

export type AnswerHeaders = Readonly<Record<string, string>>;

export const ok = (body: unknown, headers: AnswerHeaders = {}): Answer => ({
  status: 200,
  headers: { ...json, ...headers },
  body: JSON.stringify(body),
});

/** Durable in the log, not yet decided. */
export const accepted = (body: unknown, headers: AnswerHeaders = {}): Answer => ({
  status: 202,
  headers: { ...json, ...headers },
  body: JSON.stringify(body),
});

/** The caller's copy is current. */
export const notModified = (headers: AnswerHeaders): Answer => ({
  status: 304,
  headers: { 'Cache-Control': 'no-store', ...headers },
  body: '',
});

/** The process cannot do its work now; a probe reads the status, a person the body. */
export const notReady = (body: unknown): Answer => ({
  status: 503,
  headers: json,
  body: JSON.stringify(body),
});
