import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Received, sendPlain, type Target } from './exchange.ts';

export interface Question {
  readonly key: string;
  /** With a body goes an Idempotency-Key of its own. */
  readonly body?: object;
}

/** One request of the runner's own, waiting up to 10 s for the view. Rejects if there is no answer. */
export async function askApi(
  target: Target,
  method: string,
  path: string,
  { key, body }: Question,
): Promise<Received> {
  const headers = {
    Authorization: `Bearer ${key}`,
    Prefer: 'wait=10',
    ...(body ? { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() } : {}),
  };
  const sent = { method, path, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  const { answers } = await sendPlain(target, sent, () => undefined);
  const [answer] = answers;
  if (!answer) throw new Error(`${method} ${path.split('?', 1)[0]}: no answer`);
  return answer;
}

/** The same, asked again until it has one of these statuses; throws with the last answer after a minute. */
export async function askUntil(
  statuses: readonly number[],
  ...question: Parameters<typeof askApi>
): Promise<Received> {
  const deadlineMs = performance.now() + 60_000;
  for (;;) {
    const answer = await askApi(...question);
    if (statuses.includes(answer.status)) return answer;
    const [, method, path] = question;
    if (performance.now() > deadlineMs)
      throw new Error(`${method} ${path.split('?', 1)[0]}: ${answer.status} ${answer.body.slice(0, 300)}`);
    await delay(answer.status === 429 ? 1_000 : 20);
  }
}

/** Polls until `holds` gives something else than null; throws after a minute. */
export async function eventually<T>(what: string, holds: () => Promise<T | null>): Promise<T> {
  const deadlineMs = performance.now() + 60_000;
  for (;;) {
    const held = await holds();
    if (held !== null) return held;
    if (performance.now() > deadlineMs) throw new Error(`${what}: not within a minute`);
    await delay(20);
  }
}
