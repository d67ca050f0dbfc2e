import type { IncomingHttpHeaders } from 'node:http';
import type { Exchange } from './http-exchange.ts';
import type { Facts, Op, Outcome, PspAbilities } from './psp.ts';
import {
  errorReply,
  type OperationRequest,
  type PaymentObject,
  paymentObject,
} from './simulator/protocol.ts';

/**
 * The core of the adapter to the simulator provider: what an operation is as bytes, and what is known after an
 * exchange. Pure; the socket is the adapter's, or the simulated world's.
 */
export const providerAbilities: PspAbilities = {
  separateCapture: true,
  partialRefund: false,
  findByOpId: 'now',
  keepsErrors: true,
  keyTtlMs: Number.POSITIVE_INFINITY,
  quietMs: 0,
};

/** The bytes of an op: a function of the op alone, so that each try sends the same. Null: the provider has no such operation. */
export function toRequest(op: Op): Buffer | null {
  if (op.kind !== 'authorize' && op.kind !== 'capture') return null;
  const request: OperationRequest = {
    kind: op.kind,
    amount: op.amount.minor,
    currency: op.amount.currency,
    method: op.methodRef ?? null,
    authorization: op.pspRef ?? null,
    metadata: { opId: op.opId, orderId: op.orderId },
  };
  return Buffer.from(JSON.stringify(request));
}

/** What a call's exchange says of the op. Whatever is not in the table of payments §3 is unknown, never a no. */
export function toOutcome(op: Op, result: Exchange): Outcome {
  if (result.is === 'not-sent') return { is: 'not-executed', code: result.code, again: true };
  if (result.is === 'lost') return { is: 'unknown', cause: lostCauses[result.why] };
  return result.status === 200 ? toOk(op, toJson(result)) : toRefusal(result);
}

const lostCauses = { timeout: 'timeout', reset: 'reset', stopped: 'reset', 'too-large': 'unmapped' } as const;
const unmapped = { is: 'unknown', cause: 'unmapped' } as const;

/** Ok needs amount, currency and reference equal to the op's (payments §2). */
function toOk(op: Op, json: unknown): Outcome {
  const { data: object } = paymentObject.safeParse(json);
  if (!object || !isKnownStatus(object.status)) return unmapped;
  const { minor, currency } = op.amount;
  const moved = op.kind === 'capture' ? object.captured : object.amount;
  const isOurs = object.metadata.opId === op.opId && object.metadata.orderId === op.orderId;
  const isObject = op.pspRef === undefined || op.pspRef === object.id;
  const isDone = object.status === (op.kind === 'capture' ? 'succeeded' : 'requires_capture');
  if (!isOurs || !isObject || !isDone || moved !== minor || object.currency !== currency) {
    return { is: 'unknown', cause: 'mismatch' };
  }
  return { is: 'ok', pspRef: object.id, amount: op.amount, captureBeforeMs: object.captureBefore };
}

const isKnownStatus = (status: string): boolean => status === 'requires_capture' || status === 'succeeded';

/** Decline codes after which another method may do (payments §3); the simulator has no others yet. */
const otherMethodCodes: ReadonlySet<string> = new Set(['card_declined', 'invalid_method']);

function toRefusal(result: Extract<Exchange, { is: 'reply' }>): Outcome {
  const { status } = result;
  if (status === 424 || status >= 500) return { is: 'unknown', cause: 'server' };
  const { data } = errorReply.safeParse(toJson(result));
  if (!data) return unmapped;
  const { type, code } = data.error;
  if (type === 'idempotency_error') return { is: 'unknown', cause: 'conflict' };
  switch (status) {
    case 400:
      return { is: 'not-executed', code, again: false };
    case 401:
    case 403:
      return { is: 'not-executed', code, again: true };
    case 402:
      return otherMethodCodes.has(code) ? { is: 'no', code, next: 'other-method' } : unmapped;
    case 409:
      return { is: 'unknown', cause: 'conflict' };
    case 429:
      return { is: 'not-executed', code, again: true, ...retryAfter(result.headers) };
    default:
      return unmapped;
  }
}

function retryAfter(headers: IncomingHttpHeaders): { readonly afterMs?: number } {
  const seconds = headers['retry-after'] ?? '';
  return /^\d{1,5}$/.test(seconds) ? { afterMs: Number(seconds) * 1_000 } : {};
}

/** What a look-up's exchange says; anything but a listing is no answer. */
export function toFacts(result: Exchange): Facts | 'not-found' | 'unavailable' {
  if (result.is !== 'reply' || result.status !== 200) return 'unavailable';
  const json = toJson(result);
  if (typeof json !== 'object' || json === null || !('data' in json) || !Array.isArray(json.data))
    return 'unavailable';
  if (json.data.length === 0) return 'not-found';
  const { data: object } = paymentObject.safeParse(json.data[0]);
  return object ? factsOf(object) : 'unavailable';
}

const factsOf = (object: PaymentObject): Facts => ({
  pspRef: object.id,
  authorized: { minor: object.amount, currency: object.currency },
  captured: { minor: object.captured, currency: object.currency },
  captureBeforeMs: object.captureBefore,
  disputes: [],
  refunds: [],
});

/** Undefined for what is not JSON, whatever it calls itself. */
function toJson({ headers, bytes }: Extract<Exchange, { is: 'reply' }>): unknown {
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined; // the caller answers unmapped: the reply is no proof of anything
  }
}
