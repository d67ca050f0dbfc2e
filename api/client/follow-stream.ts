import { clientProblem, isProblem, type Problem, problemOf, unexpected } from './answer.ts';
import { isRetried, type Patience, pauseMs } from './retry-policy.ts';
import { type ServerSentEvent, ServerSentEventReader } from './server-sent-events.ts';
import { limited, type Surroundings } from './surroundings.ts';

/** The last item of a stream: it cannot go on. */
export interface StreamFailure {
  readonly is: 'failed';
  readonly problem: Problem;
}

export interface StreamOptions {
  readonly signal?: AbortSignal | undefined;
  /** A connection without a byte for so long is dead, ms; the API sends one every 15 s. 40,000 unless told. */
  readonly silenceMs?: number | undefined;
}

export interface StreamParts {
  /** Of the stream, whole. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly patience: Patience;
  readonly around: Surroundings;
}

/** What a stream says with an event; null where it only shows that it is alive. */
export type ReadEvent<Item> = (event: ServerSentEvent) => Item | StreamFailure | null;

/** Where a stream is, over all its connections. */
interface Place {
  lastEventId: string;
  /** Connections that ended without a byte since the last one came. */
  tried: number;
}

type Ending = { readonly problem: Problem; readonly retryAfter: string | null } | 'over';

/**
 * The events of a `text/event-stream` as they come. A connection that breaks, falls silent or is refused for a while is
 * made again where it was (`Last-Event-ID`), until `patienceMs` have passed since it broke without a byte. Ends after
 * `failed`, or at once when the signal is aborted; leaving the loop closes the connection. Never throws for what the
 * network or the API says.
 */
export async function* followStream<Item extends { readonly is: string }>(
  parts: StreamParts,
  { lastEventId = '', signal, silenceMs = 40_000 }: StreamOptions & { readonly lastEventId?: string },
  readEvent: ReadEvent<Item>,
): AsyncGenerator<Item | StreamFailure, void, undefined> {
  const { patience, around } = parts;
  const stop = signal ?? new AbortController().signal;
  const place: Place = { lastEventId, tried: 0 };
  let brokenMs = 0;
  while (!stop.aborted) {
    const ending = yield* connect(parts, place, stop, silenceMs, readEvent);
    if (ending === 'over' || stop.aborted) return;
    if (place.tried === 0) brokenMs = around.nowMs();
    place.tried += 1;
    const pause = pauseMs(place.tried, ending.retryAfter, patience, around.random());
    if (around.nowMs() + pause - brokenMs >= patience.patienceMs) {
      yield { is: 'failed', problem: ending.problem };
      return;
    }
    await around.wait(pause, stop);
  }
}

/** One connection, until it ends in some way. */
async function* connect<Item extends { readonly is: string }>(
  { url, headers, around }: StreamParts,
  place: Place,
  stop: AbortSignal,
  silenceMs: number,
  readEvent: ReadEvent<Item>,
): AsyncGenerator<Item | StreamFailure, Ending, undefined> {
  const connection = new AbortController();
  const heard = <T>(work: () => Promise<T>): Promise<T> => limited(silenceMs, connection, around, work);
  const resume = place.lastEventId === '' ? {} : { 'last-event-id': place.lastEventId };
  try {
    const response = await heard(() =>
      around.fetch(url, {
        headers: { ...headers, ...resume, accept: 'text/event-stream' },
        signal: AbortSignal.any([stop, connection.signal]),
      }),
    );
    const refused = await heard(() => refusalOf(response));
    if (refused?.isFinal) yield { is: 'failed', problem: refused.problem };
    if (refused) return refused.isFinal ? 'over' : refused;
    const bytes = response.body?.getReader();
    const reader = new ServerSentEventReader();
    for (;;) {
      const piece = bytes && (await heard(() => bytes.read()));
      if (piece?.value === undefined) return { problem: unheard(url), retryAfter: null };
      place.tried = 0;
      for (const event of reader.read(piece.value)) {
        const item = readEvent(event);
        if (item === null) continue;
        yield item;
        if (item.is === 'failed' || stop.aborted) return 'over';
        place.lastEventId = event.id;
      }
    }
  } catch {
    // The only calls that reject are the connection's: it broke, fell silent or was aborted.
    return { problem: unheard(url), retryAfter: null };
  } finally {
    connection.abort();
  }
}

const unheard = (url: string): Problem =>
  clientProblem(
    'unreachable',
    'The stream broke and could not be resumed',
    `Nothing was heard from ${url} for as long as the patience lasts. Open it again; an order's events go on after the last id you have.`,
    { retryable: true },
  );

interface Refusal {
  readonly isFinal: boolean;
  readonly problem: Problem;
  readonly retryAfter: string | null;
}

/** What an answer that is no event stream says; null for a stream. Reads the body. */
async function refusalOf(response: Response): Promise<Refusal | null> {
  const type = response.headers.get('content-type') ?? 'no content type';
  if (response.status === 200 && type.startsWith('text/event-stream')) return null;
  const body = parsed(await response.text());
  return {
    isFinal: !isRetried(response.status, body),
    problem:
      isProblem(body) || response.status !== 200
        ? problemOf(response, body)
        : unexpected(`200 with ${type} where an event stream was asked for`),
    retryAfter: response.headers.get('retry-after'),
  };
}

/** JSON; undefined for what is none: no problem document and no event. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
