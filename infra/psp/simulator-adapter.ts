import http from 'node:http';
import https from 'node:https';
import type { Facts, Op, Outcome, Psp } from './psp.ts';
import { type Call, type Exchange, exchange } from './http-exchange.ts';
import {
  bodyBytesMax,
  errorReply,
  type OperationRequest,
  type PaymentObject,
  paymentObject,
} from './simulator/protocol.ts';

export interface SimulatorAdapterSettings {
  readonly url: string;
  readonly secret: string;
  /** After this an operation is unknown. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs?: number;
  /** Connections at most; more calls than that wait for one within their time. */
  readonly connectionsMax?: number;
}

const lookUpTimeoutMs = 10_000;

/** The simulator provider as a Psp. A real provider's adapter keeps the same rules: payments §2, §3. */
export function createSimulatorAdapter(settings: SimulatorAdapterSettings): Psp {
  const { Agent } = settings.url.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: settings.connectionsMax ?? 64 });
  const base = { agent, connectTimeoutMs: settings.connectTimeoutMs ?? 3_000, replyBytesMax: bodyBytesMax };
  const authorization = `Bearer ${settings.secret}`;
  return {
    can: {
      separateCapture: true,
      partialRefund: false,
      findByOpId: 'now',
      keepsErrors: true,
      keyTtlMs: Number.POSITIVE_INFINITY,
      quietMs: 0,
    },
    async run(op, stop) {
      const call: Call = {
        ...base,
        method: 'POST',
        url: new URL(`${settings.url}/operations`),
        headers: { authorization, 'idempotency-key': op.key, 'content-type': 'application/json' },
        timeoutMs: settings.timeoutMs,
        stop,
      };
      const body = toRequest(op);
      if (!body) return { is: 'not-executed', code: 'unsupported', again: false };
      return toOutcome(op, await exchange({ ...call, body }));
    },
    async lookUp({ opId, pspRef }) {
      const query = new URLSearchParams(pspRef === undefined ? { opId } : { id: pspRef });
      const url = new URL(`${settings.url}/objects?${query}`);
      const result = await exchange({
        ...base,
        method: 'GET',
        url,
        headers: { authorization },
        timeoutMs: lookUpTimeoutMs,
      });
      return toFacts(result);
    },
    close: () => Promise.resolve(agent.destroy()),
  };
}

/** The bytes of an op: a function of the op alone, so that each try sends the same. Null: the provider has no such operation. */
function toRequest(op: Op): Buffer | null {
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

function toOutcome(op: Op, result: Exchange): Outcome {
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

function retryAfter(headers: http.IncomingHttpHeaders): { readonly afterMs?: number } {
  const seconds = headers['retry-after'] ?? '';
  return /^\d{1,5}$/.test(seconds) ? { afterMs: Number(seconds) * 1_000 } : {};
}

function toFacts(result: Exchange): Facts | 'not-found' | 'unavailable' {
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
