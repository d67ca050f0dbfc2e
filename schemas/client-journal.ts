/**
 * A client's own book of what it asked and what it was told: NDJSON, one line a step, on disk before the
 * request leaves and before its answer is believed. The auditor holds the pipeline to it (rule I-01).
 */
export interface ClientStep {
  /** Unix ms of the client's clock; for people only. */
  readonly atMs: number;
  /** `invoke` before sending; `ok` 2xx; `fail` a 4xx that says nothing was done; `unknown` anything else. */
  readonly step: 'invoke' | 'ok' | 'fail' | 'unknown';
  readonly store: string;
  readonly method: 'POST' | 'PUT';
  /** Without query. */
  readonly path: string;
  /** Idempotency-Key. */
  readonly key: string;
  /** SHA-256 of the body's bytes, hex: one key with two digests is a reuse. */
  readonly digest: string;
  readonly status: number | null;
  /** Problem code of a refusal. */
  readonly code: string | null;
  /** What a 202 named, where it named it: the order, or the movement. */
  readonly orderId: string | null;
  readonly commandId: string | null;
}

const steps: readonly string[] = ['invoke', 'ok', 'fail', 'unknown'];

/** Reads one line of a client journal; null if it is none, as the last line of a killed client may be. */
export function parseClientStep(line: string): ClientStep | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null; // a torn last line: its request is then one without an answer
  }
  if (typeof value !== 'object' || value === null) return null;
  const step = value as Record<keyof ClientStep, unknown>;
  const texts = [step.store, step.method, step.path, step.key, step.digest];
  const isStep = steps.includes(String(step.step)) && texts.every((text) => typeof text === 'string');
  return isStep ? (value as ClientStep) : null;
}
