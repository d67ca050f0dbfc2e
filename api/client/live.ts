import {
  createFinalURL,
  createQuerySerializer,
  defaultPathSerializer,
  type FetchResponse,
  type ParamsOption,
} from 'openapi-fetch';
import { isProblem, type Problem, problemIn, unexpected } from './answer.ts';
import {
  followStream,
  parsed,
  type StreamFailure,
  type StreamOptions,
  type StreamParts,
} from './follow-stream.ts';
import type { ServerSentEvent } from './server-sent-events.ts';
import type { Routes } from './typed-methods.ts';

/** An operation that answers once, or as it changes. */
interface Streamed {
  readonly responses: {
    readonly 200: { readonly content: { 'application/json': unknown; 'text/event-stream': string } };
  };
}

/** The routes whose answer `/v1/live` may carry: those of one resource that are streams too. */
type WatchablePath = {
  [P in keyof Routes]: Routes[P] extends { get: Streamed } ? P : never;
}[Exclude<keyof Routes, '/v1/live' | '/v1/orders/{id}/events'>];

/** A resource by its path as the document writes it, with the parameters of its GET. */
export type Watched = {
  [P in WatchablePath]: { readonly path: P } & ParamsOption<Routes[P]['get']>;
}[WatchablePath];

/** What is watched, by names of the caller's own. */
export type WatchedByName = Readonly<Record<string, Watched>>;

type BodyOf<P extends WatchablePath> = NonNullable<
  FetchResponse<Routes[P]['get'] & object, object, 'application/json'>['data']
>;

type NameIn<W extends WatchedByName> = keyof W & (string | number);

/** What a stream of several resources yields; after `failed` it has ended. */
export type LiveItem<W extends WatchedByName> =
  /** What GET would answer now: at once, and each time it has changed. */
  | {
      [Name in NameIn<W>]: {
        readonly is: 'state';
        readonly of: `${Name}`;
        readonly body: BodyOf<W[Name]['path']>;
      };
    }[NameIn<W>]
  /** This one has no answer for now, or not for this key. The stream goes on, and so do the others. */
  | { readonly is: 'problem'; readonly of: `${NameIn<W>}`; readonly problem: Problem }
  | StreamFailure;

/** Path and query of a resource. */
const targetOf = ({ path, params = {} }: Watched): string =>
  createFinalURL(path, {
    baseUrl: '',
    params,
    querySerializer: createQuerySerializer(),
    pathSerializer: defaultPathSerializer,
  });

/** Encodes a target within a query: what means nothing there stays, for the API reads a request line of 2,048 bytes. */
const inQuery = (target: string): string =>
  encodeURIComponent(target).replace(/%(?:2F|3F|3A|3D|2C)/g, decodeURIComponent);

/** Where the stream that carries these begins. */
export const liveUrl = (api: string, watched: WatchedByName): string =>
  `${api}/v1/live?${Object.values(watched)
    .map((one) => `watch=${inQuery(targetOf(one))}`)
    .join('&')}`;

/** What was heard of a resource. `id` is the same where it says the same; null of an event without one. */
interface Heard<W extends WatchedByName> {
  readonly is: 'heard';
  readonly of: string;
  readonly id: string | null;
  readonly item: LiveItem<W>;
}

/**
 * The states of several resources over one connection, made again as `followStream` does. Reads ahead, so that a slow loop
 * gets the newest of each; what it was told already is left out, for the API begins each connection with all of them.
 */
export async function* followLive<W extends WatchedByName>(
  parts: StreamParts,
  watched: W,
  { signal, ...options }: StreamOptions,
): AsyncGenerator<LiveItem<W>, void, undefined> {
  const names = Object.keys(watched);
  const told = new Map<string, string | null>();
  const untold = new Map<string, Heard<W>>();
  const left = new AbortController();
  const stop = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
  let ending: StreamFailure | 'over' | null = null;
  let wake = (): void => undefined;
  const readAhead = async (): Promise<void> => {
    const read = (event: ServerSentEvent): Heard<W> | StreamFailure | null => readLive<W>(names, event);
    for await (const one of followStream(parts, { ...options, signal: stop }, read)) {
      if (one.is === 'failed') ending = one;
      else untold.set(one.of, one);
      wake();
    }
    ending ??= 'over';
    wake();
  };
  void readAhead(); // never rejects: followStream does not throw
  try {
    for (;;) {
      for (const [name, { id, item }] of untold) {
        if (stop.aborted) return;
        untold.delete(name);
        if (id !== null && told.get(name) === id) continue;
        told.set(name, id);
        yield item;
      }
      if (ending !== null) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (ending !== 'over') yield ending;
  } finally {
    left.abort();
  }
}

function readLive<W extends WatchedByName>(
  names: readonly string[],
  { type, data, id }: ServerSentEvent,
): Heard<W> | StreamFailure | null {
  if (type !== 'message' && type !== 'problem') return null; // signs of life, and what a newer API may say
  const event = parsed(data);
  const of = isNumbered(event) ? names[event.watch] : undefined;
  if (!isNumbered(event) || of === undefined)
    return { is: 'failed', problem: unexpected('an event that is of no watched resource') };
  const heard = { is: 'heard', of, id: id.startsWith(`${event.watch}-`) ? id : null } as const;
  if (type === 'message') return { ...heard, item: { is: 'state', of, body: event.body } as LiveItem<W> };
  return isProblem(event.body)
    ? { ...heard, item: { is: 'problem', of, problem: problemIn(event.body) } as LiveItem<W> }
    : { is: 'failed', problem: unexpected('a problem that is none') };
}

/** An event of the stream, by the place of its resource among those asked for. */
const isNumbered = (value: unknown): value is { readonly watch: number; readonly body: unknown } =>
  typeof value === 'object' &&
  value !== null &&
  'watch' in value &&
  typeof value.watch === 'number' &&
  'body' in value;
