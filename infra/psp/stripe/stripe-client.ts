import { AsyncLocalStorage } from 'node:async_hooks';
import http from 'node:http';
import https from 'node:https';
import { Stripe } from 'stripe';
import { type Exchange, exchange } from '../http-exchange.ts';

export interface StripeClientSettings {
  /** Of the API; Stripe's own unless a local server stands in. */
  readonly url: string;
  readonly secretKey: string;
  readonly connectTimeoutMs: number;
  readonly connectionsMax: number;
}

/** How long one call may take, and what it may answer at most. */
export interface CallLimits {
  readonly timeoutMs: number;
  readonly replyBytesMax: number;
  readonly stop?: AbortSignal;
}

/** Stripe's SDK builds requests and knows paths; what came of a call is read from the bytes, never from its errors. */
export interface StripeClient {
  /** One request through the SDK, once. Rejects only if the SDK refused to build it: nothing was sent. */
  call(act: (stripe: Stripe) => Promise<unknown>, limits: CallLimits): Promise<Exchange>;
  close(): void;
}

interface Running extends CallLimits {
  result: Exchange | null;
}

/**
 * The SDK over our own sockets. Its retries are off in both ways it has: `maxNetworkRetries` 0, and a connection that
 * breaks is no ECONNRESET to it, after which it would send once more even so (`_shouldRetry` of stripe-node).
 */
export function createStripeClient(settings: StripeClientSettings): StripeClient {
  const base = new URL(settings.url);
  const { Agent } = base.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: settings.connectionsMax });
  const running = new AsyncLocalStorage<Running>();
  const stripe = new Stripe(settings.secretKey, {
    host: base.hostname,
    port: base.port === '' ? (base.protocol === 'https:' ? 443 : 80) : Number(base.port),
    protocol: base.protocol === 'https:' ? 'https' : 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    httpClient: {
      getClientName: () => 'millrace',
      async makeRequest(host, port, path, method, headers, requestData, protocol) {
        const current = running.getStore();
        if (!current || current.result)
          throw new Error('a request of the SDK outside of a call, or a second one');
        const { timeoutMs, replyBytesMax, stop } = current;
        current.result = await exchange({
          method: method === 'POST' ? 'POST' : 'GET',
          url: new URL(`${protocol}://${host}:${port}${path}`),
          headers: textHeaders(headers),
          ...(method === 'POST' ? { body: Buffer.from(requestData) } : {}),
          agent,
          connectTimeoutMs: settings.connectTimeoutMs,
          timeoutMs,
          replyBytesMax,
          ...(stop ? { stop } : {}),
        });
        if (current.result.is !== 'reply') throw new Error(`no reply: ${current.result.is}`);
        return toSdkResponse(current.result);
      },
    },
  });
  return {
    async call(act, limits) {
      const current: Running = { ...limits, result: null };
      try {
        await running.run(current, () => act(stripe));
      } catch (error) {
        if (!current.result) throw error; // else: what the SDK thinks of a reply is no proof of anything
      }
      if (!current.result) throw new Error('the SDK sent nothing');
      return current.result;
    },
    close: () => agent.destroy(),
  };
}

const textHeaders = (headers: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value == null ? [] : [[name, String(value)]])),
  );

function toSdkResponse({ status, headers, bytes }: Extract<Exchange, { readonly is: 'reply' }>) {
  return {
    getStatusCode: () => status,
    getHeaders: () => textHeaders(headers),
    getRawResponse: () => ({}),
    toStream: () => {
      throw new Error('no call of ours streams');
    },
    toJSON: () => Promise.resolve().then(() => JSON.parse(bytes.toString('utf8')) as unknown),
  };
}
