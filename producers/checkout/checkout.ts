import { createHash } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import type { ClientStep } from '../../schemas/client-journal.ts';
import type { ClientJournal } from './client-journal-writer.ts';

/** The API cannot be reached, or not before the patience ended; a second run goes on. CLI exit 69. */
export class ApiUnavailable extends Error {}
/** The key or the address is wrong: no request of this run can succeed. CLI exit 5. */
export class ApiRefusesUs extends Error {}

export interface CheckoutRequest {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly key: string;
  readonly body: unknown;
}

/**
 * How the API settled a request: done (also by a replay) with the id its answer names, `''` if it names none, and where
 * it is read; or refused with its problem code and the domain's reason.
 */
export type Settled =
  | { readonly is: 'done'; readonly replayed: boolean; readonly id: string; readonly location: string }
  | { readonly is: 'refused'; readonly status: number; readonly code: string; readonly reason?: string };

/** How one try of a request was answered; the checkout itself may send the request again. */
export interface Answered {
  readonly request: CheckoutRequest;
  /** Epoch ms. */
  readonly sentMs: number;
  /** Epoch ms. */
  readonly answeredMs: number;
  /** Null: no answer came, or it broke off. */
  readonly status: number | null;
  /** Last segment of the problem's `type`; null where the request was accepted, or nothing came. */
  readonly code: string | null;
  /** The answer of an earlier try, told again. */
  readonly replayed: boolean;
}

export interface CheckoutOptions {
  /** Without a path, for example `http://127.0.0.1:8080`. */
  readonly api: string;
  /** Bearer credential. */
  readonly credential: string;
  /** Store of the credential: the client journal's word for the auditor. */
  readonly store: string;
  readonly journal: ClientJournal;
  readonly connectionsMax: number;
  /** So long one request is tried again. */
  readonly patienceMs: number;
  /** So long an unknown SKU is asked again: API processes learn of a new product a moment after its 202. */
  readonly catalogueDelayMs: number;
  /** Hears of the answer to each try. */
  readonly onAnswer?: (answered: Answered) => void;
}

export interface Checkout {
  /** Sends until the API has settled it: same key, same bytes. Throws ApiUnavailable, ApiRefusesUs. */
  settle(request: CheckoutRequest): Promise<Settled>;
  /** What stands at a path, once the API can tell; null = nothing. Throws ApiUnavailable, ApiRefusesUs. */
  read(path: string): Promise<Readonly<Record<string, unknown>> | null>;
  close(): void;
}

interface SentRequest {
  readonly method: 'GET' | CheckoutRequest['method'];
  readonly path: string;
  /** Null for a read. */
  readonly key: string | null;
}

interface Answer {
  readonly status: number;
  readonly replayed: boolean;
  readonly retryAfterMs: number;
  readonly location: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Waits until something answers HTTP at the address. Throws ApiUnavailable after `withinMs`, so that a wrong
 * address is told at once and not after the patience of a request.
 */
export async function awaitApi(api: string, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      const response = await fetch(new URL('/livez', api), { signal: AbortSignal.timeout(withinMs) });
      await response.body?.cancel();
      return;
    } catch (cause) {
      if (Date.now() >= deadline)
        throw new ApiUnavailable(`nothing answers at ${api} within ${withinMs} ms`, { cause });
      await wait(200);
    }
  }
}

const requestTimeoutMs = 30_000;
const backoffBaseMs = 50;
const backoffMaxMs = 3_000;

/** A client as a careful checkout writes it: keep-alive, one key an intent, blind retries of that very request. */
export function createCheckout(options: CheckoutOptions): Checkout {
  const secure = options.api.startsWith('https:');
  const agent = new (secure ? https : http).Agent({ keepAlive: true, maxSockets: options.connectionsMax });
  const send = (request: SentRequest, body: Buffer | null): Promise<Answer> =>
    exchange(secure, new URL(request.path, options.api), agent, options.credential, request, body);
  return {
    async settle(request) {
      const body = Buffer.from(JSON.stringify(request.body));
      const digest = createHash('sha256').update(body).digest('hex');
      const began = Date.now();
      for (let attempt = 0; ; attempt += 1) {
        await options.journal.write(stepOf('invoke', options.store, request, digest));
        const sentMs = Date.now();
        const answer = await send(request, body).catch((error: Error) => error);
        options.onAnswer?.(answeredBy(request, sentMs, answer));
        await options.journal.write(stepOf(kindOf(answer), options.store, request, digest, answer));
        const settled = settledBy(answer, Date.now() - began < options.catalogueDelayMs);
        if (settled) return settled;
        const leftMs = options.patienceMs - (Date.now() - began);
        if (leftMs <= 0)
          throw new ApiUnavailable(`${options.api} has not settled ${request.key}: ${wordOf(answer)}`);
        const jitterMs = Math.random() * Math.min(backoffMaxMs, backoffBaseMs * 2 ** attempt);
        const askedMs = answer instanceof Error ? 0 : answer.retryAfterMs;
        await wait(Math.min(leftMs, Math.max(jitterMs, askedMs)));
      }
    },
    async read(path) {
      const began = Date.now();
      for (let attempt = 0; ; attempt += 1) {
        const answer = await send({ method: 'GET', path, key: null }, null).catch((error: Error) => error);
        if (!(answer instanceof Error)) {
          if (answer.status === 200) return answer.body;
          if (answer.status === 404) return null;
          if (isRefusal(answer)) throw new ApiRefusesUs(`the API answers ${wordOf(answer)} to GET ${path}`);
        }
        if (Date.now() - began >= options.patienceMs)
          throw new ApiUnavailable(`${options.api} cannot tell ${path}: ${wordOf(answer)}`);
        await wait(Math.random() * Math.min(backoffMaxMs, backoffBaseMs * 2 ** attempt));
      }
    },
    close: () => agent.destroy(),
  };
}

/** A 409 that is no conflict of the domain says that an earlier try of the key still runs: nothing about the request. */
const isRefusal = (answer: Answer): boolean => {
  const { status } = answer;
  if (status === 409) return codeOf(answer) !== 'request-in-progress';
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
};
/** Last segment of the problem's `type`; the bare status where the answer is no problem document. */
function codeOf({ status, body }: Answer): string {
  const type = body['type'];
  return typeof type === 'string' ? type.replace(/^.*\//, '') : String(status);
}
const wordOf = (answer: Answer | Error): string =>
  answer instanceof Error ? answer.message : `${answer.status} ${codeOf(answer)}`;

function settledBy(answer: Answer | Error, isCatalogueFresh: boolean): Settled | null {
  if (answer instanceof Error) return null;
  const { status } = answer;
  if (status >= 200 && status < 300) {
    const { replayed, location } = answer;
    const id = textOf(answer, 'id') ?? textOf(answer, 'orderId') ?? '';
    return { is: 'done', replayed, id, location };
  }
  if ([401, 403, 404, 405].includes(status)) {
    throw new ApiRefusesUs(
      `the API answers ${wordOf(answer)}: check --api, and that --key may price and receive stock`,
    );
  }
  if (!isRefusal(answer)) return null;
  const code = codeOf(answer);
  if (code === 'unknown-sku' && isCatalogueFresh) return null;
  const reason = textOf(answer, 'reason');
  return { is: 'refused', status, code, ...(reason === null ? {} : { reason }) };
}

function answeredBy(request: CheckoutRequest, sentMs: number, answer: Answer | Error): Answered {
  const answeredMs = Date.now();
  if (answer instanceof Error)
    return { request, sentMs, answeredMs, status: null, code: null, replayed: false };
  const { status, replayed } = answer;
  return { request, sentMs, answeredMs, status, code: status < 400 ? null : codeOf(answer), replayed };
}

function textOf({ body }: Answer, name: string): string | null {
  const value = body[name];
  return typeof value === 'string' ? value : null;
}

function kindOf(answer: Answer | Error): ClientStep['step'] {
  if (answer instanceof Error) return 'unknown';
  if (answer.status >= 200 && answer.status < 300) return 'ok';
  return isRefusal(answer) || answer.status === 429 ? 'fail' : 'unknown';
}

function stepOf(
  step: ClientStep['step'],
  store: string,
  { method, path, key }: CheckoutRequest,
  digest: string,
  answer?: Answer | Error,
): ClientStep {
  const heard = answer === undefined || answer instanceof Error ? null : answer;
  const text = (name: string): string | null => heard && textOf(heard, name);
  return {
    atMs: Date.now(),
    step,
    store,
    method,
    path,
    key,
    digest,
    status: heard?.status ?? null,
    code: heard && heard.status >= 400 ? codeOf(heard) : null,
    orderId: text('orderId') ?? (path === '/v1/orders' ? text('id') : null),
    commandId: text('movementId') ?? (path === '/v1/orders' ? null : text('id')),
  };
}

function exchange(
  secure: boolean,
  url: URL,
  agent: http.Agent,
  credential: string,
  { method, key }: SentRequest,
  body: Buffer | null,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${credential}`,
      ...(body === null
        ? {}
        : {
            'content-type': 'application/json',
            'content-length': body.length,
          }),
      ...(key === null ? {} : { 'idempotency-key': key }),
    };
    const request = (secure ? https : http).request(url, { method, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (!response.complete) return reject(new Error('the answer broke off'));
        const retryAfter = Number(response.headers['retry-after'] ?? 0);
        return resolve({
          status: response.statusCode ?? 0,
          replayed: response.headers['idempotent-replayed'] === 'true',
          retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1_000 : 0,
          location: response.headers.location ?? '',
          body: parseBody(Buffer.concat(chunks).toString()),
        });
      });
    });
    request.setTimeout(requestTimeoutMs, () =>
      request.destroy(new Error(`no answer within ${requestTimeoutMs} ms`)),
    );
    request.on('error', reject);
    request.end(body ?? undefined);
  });
}

function parseBody(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // a body that is no JSON says no more than its status
  }
}
