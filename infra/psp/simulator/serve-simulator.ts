import { createHash, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import type { FaultRates } from './fault-plan.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { bodyBytesMax } from './protocol.ts';
import { createProvider, type OperationLine, type Provider } from './provider.ts';
import type { ProviderEvent } from './provider-event.ts';
import { shapeReply, type WireEnd } from './shape-reply.ts';
import { readBody, send } from './http-wire.ts';
import { lookUp, payouts, plain, refuse, settlements, takeControl } from './simulator-routes.ts';
import { behaviourOf } from './token-behaviours.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

export interface SimulatorSettings {
  readonly host: string;
  /** 0 = a free one. */
  readonly port: number;
  /** Callers present it as a bearer token. */
  readonly secret: string;
  /** Of the ledger. */
  readonly folder: string;
  readonly seed: number;
  /** How long an operation takes, half of it before and half after it is executed. */
  readonly latency: { readonly minMs: number; readonly maxMs: number };
  readonly keyTtlMs: number;
  readonly keepsErrors: boolean;
  readonly rates: FaultRates;
  /** Null: it delivers none. */
  readonly webhooks: { readonly url: string; readonly secrets: readonly string[] } | null;
  /** The ledger could not be written: the process must end, its memory is ahead of its books. */
  onFatal(error: Error): void;
}

export interface Simulator {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the simulator provider over its ledger. Rejects if the ledger is damaged or the port is taken. */
export async function serveSimulator(settings: SimulatorSettings): Promise<Simulator> {
  const ledger = await openLedger(settings.folder);
  const provider = createProvider(settings);
  const webhooks = settings.webhooks && openWebhooks(settings.webhooks, provider, ledger);
  const undelivered = restore(provider, ledger, webhooks !== null);
  if (webhooks) {
    provider.book.onEvent((event) => webhooks.take(event));
    for (const event of undelivered) webhooks.take(event);
  }
  const isOurs = bearerCheck(settings.secret);
  const busy = new Set<string>();
  let broken = false;

  const operate = async (request: http.IncomingMessage): Promise<WireEnd> => {
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string' || key.length === 0 || key.length > 255) {
      return refuse(
        400,
        'invalid_request_error',
        'idempotency_key',
        'An Idempotency-Key of 1 to 255 characters is needed.',
      );
    }
    const bytes = await readBody(request);
    if (bytes === null) return tooLarge;
    if (busy.has(key))
      return refuse(409, 'idempotency_error', 'idempotency_key_in_use', 'This key is being worked on.');
    busy.add(key);
    try {
      const halfMs = latencyOf(settings, key) / 2;
      await wait(halfMs);
      const delivery = provider.receive(key, bytes, Date.now());
      if (delivery.line) await keep(delivery.line);
      await wait(halfMs);
      return shapeReply(delivery);
    } finally {
      busy.delete(key);
    }
  };

  const keep = async (line: OperationLine): Promise<void> => {
    await ledger.append(line);
    if (webhooks && line.after) await webhooks.early(line.after.id);
  };

  const route = async (request: http.IncomingMessage): Promise<WireEnd> => {
    if (!isOurs(request.headers.authorization))
      return refuse(401, 'invalid_request_error', 'unauthorized', 'Wrong secret.');
    const url = new URL(request.url ?? '/', 'http://simulator');
    const wallMs = Date.now();
    const isAway = provider.isAway(wallMs);
    switch (`${request.method} ${url.pathname}`) {
      case 'POST /operations':
        return isAway ? away : operate(request);
      case 'GET /objects':
        return isAway ? away : lookUp(provider, url.searchParams, wallMs);
      case 'GET /settlements':
        return isAway ? away : settlements(provider, url.searchParams, wallMs);
      case 'GET /payouts':
        return isAway ? away : payouts(provider, url.searchParams, wallMs);
      case 'POST /control': {
        const bytes = await readBody(request);
        if (bytes === null) return tooLarge;
        const end = await takeControl(provider, ledger, bytes, wallMs);
        webhooks?.tick();
        return end;
      }
      case 'GET /ledger':
        return plain(200, provider.dump(wallMs));
      default:
        return refuse(404, 'invalid_request_error', 'no_such_route', 'See simulator/protocol.ts.');
    }
  };

  const server = http.createServer((request, response) => {
    route(request).then(
      (end) => send(response, end),
      (cause: unknown) => {
        response.destroy();
        if (request.destroyed && !request.complete) return; // the caller hung up in the middle of his body
        if (!broken) settings.onFatal(new Error('the ledger could not be written', { cause }));
        broken = true;
      },
    );
  });
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, settings.host, resolve);
  });
  // what happens by itself is told only if somebody looks
  const sweeping = webhooks
    ? setInterval(() => {
        provider.book.sweep(provider.nowMs(Date.now()));
        webhooks.tick();
      }, sweepMs)
    : undefined;
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : settings.port;
  return {
    url: `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`,
    async close() {
      clearInterval(sweeping);
      await webhooks?.close();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      await closed;
      await ledger.close();
    },
  };
}

const sweepMs = 500;
const away = refuse(503, 'api_error', 'unavailable', 'The provider is away.');
const tooLarge = refuse(413, 'invalid_request_error', 'too_large', `At most ${bodyBytesMax} bytes.`);

/** Takes every line of the ledger. Events nobody acknowledged yet, if there is somebody to tell. */
function restore(provider: Provider, ledger: Ledger, isTold: boolean): Iterable<ProviderEvent> {
  const undelivered = new Map<string, ProviderEvent>();
  if (isTold) provider.book.onEvent((event) => void undelivered.set(event.id, event));
  for (const line of ledger.lines) {
    if ('delivered' in line) for (const id of line.delivered) undelivered.delete(id);
    else provider.restore(line);
  }
  return undelivered.values();
}

function openWebhooks(
  { url, secrets }: NonNullable<SimulatorSettings['webhooks']>,
  provider: Provider,
  ledger: Ledger,
): Webhooks {
  return createWebhooks({
    url,
    secrets,
    nowMs: () => provider.nowMs(Date.now()),
    faultOf: (event) => provider.faults.ofEvent(event.id, behaviourOf(event.payment.token)),
    // a mark that is lost costs a repeat; if the ledger cannot be written at all, the next operation says so
    onDelivered: (delivered) => void ledger.append({ delivered }).catch(() => undefined),
  });
}

function bearerCheck(secret: string): (header: string | undefined) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const wanted = digest(`Bearer ${secret}`);
  return (header) => header !== undefined && timingSafeEqual(digest(header), wanted);
}

/** By seed and key, so that it is the same in whatever order operations come. */
function latencyOf({ seed, latency: { minMs, maxMs } }: SimulatorSettings, key: string): number {
  const drawn = createHash('sha256').update(`latency\0${seed}\0${key}`).digest().readUInt32BE(0) / 2 ** 32;
  return minMs + drawn * (maxMs - minMs);
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
