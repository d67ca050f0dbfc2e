import { ApiProblem, ask, type ProblemBody, withWatched } from './api.ts';
import { learnServerTime } from './server-clock.ts';
import { leave } from './session.ts';

/** What a watcher of a resource is told. */
export interface Told {
  /** JSON of the resource; undefined: nothing new was said of it. */
  readonly answer?: unknown;
  /** Why it has no good answer now; null: it has. */
  readonly problem: ProblemBody | null;
  /** Since the last good answer was the newest there is, whole seconds; 0 while it is. */
  readonly ageS: number;
}

type Watcher = (told: Told) => void;

interface Known {
  answer: unknown;
  problem: ProblemBody | null;
  /** When the answer was last the newest there is, epoch ms of this browser; null before the first. */
  currentAtMs: number | null;
  /** The stream that is there has told `answer`, and no problem since: it would have told a newer one. */
  isNewest: boolean;
}

/** The API says every 15 s that a stream is alive: one that is silent for so long is not. */
const silenceMs = 40_000;
const firstPauseMs = 1_000;
const longestPauseMs = 30_000;

const broken: ProblemBody = { type: 'no-answer', title: 'The live stream broke', requestId: null };

const watchers = new Map<string, Set<Watcher>>();
/** Of the paths that are watched. */
const known = new Map<string, Known>();
let source: EventSource | null = null;
/** The stream before `source`, until that is there. */
let outgoing: EventSource | null = null;
let watched: readonly string[] = [];
let silence: ReturnType<typeof setTimeout> | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
let pauseMs = firstPauseMs;
let isDue = false;

/**
 * Tells a watcher what the resource of a path is and each time it has changed, and at each sign of life how old that is. All
 * paths that are watched come over one stream, for a browser has six connections to a host: it is opened anew where they
 * have changed, closed while the page is hidden, and opened again after a while where it broke. A session that has ended
 * leads to the sign-in. Gives the way to leave.
 */
export function watch(path: string, watcher: Watcher): () => void {
  const ofPath = watchers.get(path) ?? new Set();
  watchers.set(path, ofPath.add(watcher));
  const before = known.get(path);
  if (before) watcher(toldOf(before, before.answer));
  openSoon();
  return () => {
    ofPath.delete(watcher);
    if (ofPath.size === 0 && watchers.get(path) === ofPath) watchers.delete(path);
    openSoon();
  };
}

/** Opens a stream that broke at once, instead of after its pause. */
export function reconnect(): void {
  if (retry !== undefined) open();
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) return close();
  open();
  tellAges();
});

/** Panels that come and go in one turn change the stream once. */
function openSoon(): void {
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    const wanted = [...watchers.keys()].toSorted();
    if (wanted.join('\n') !== watched.join('\n')) open();
  });
}

/** Opens one stream of all that is watched; the one before goes on until this one is there, so that nothing is asked anew. */
function open(): void {
  clearTimeout(retry);
  retry = undefined;
  if (document.hidden) return;
  watched = [...watchers.keys()].toSorted();
  for (const path of known.keys()) if (!watchers.has(path)) known.delete(path);
  if (watched.length === 0) return close();
  endOutgoing();
  if (source?.readyState === EventSource.OPEN) {
    renewAges();
    outgoing = source;
  } else source?.close();
  for (const one of known.values()) one.isNewest = false;
  const paths = watched;
  const opened = new EventSource(withWatched(paths));
  source = opened;
  stayAwake(opened); // a connection may hang before it is open, too
  const hear = (event: string, act: (data: string) => void): void =>
    opened.addEventListener(event, (message: MessageEvent<string>) => {
      if (source !== opened) return;
      stayAwake(opened);
      act(message.data);
    });
  opened.addEventListener('open', () => {
    endOutgoing();
    pauseMs = firstPauseMs;
    stayAwake(opened);
  });
  opened.addEventListener('error', () => {
    endOutgoing();
    void lose(opened);
  });
  hear('alive', (data) => {
    learnServerTime((JSON.parse(data) as { at: string }).at);
    renewAges();
    tellAges();
  });
  hear('message', (data) => {
    const { watch: place, body } = JSON.parse(data) as { watch: number; body: unknown };
    tell(paths[place], { answer: body, problem: null, currentAtMs: Date.now(), isNewest: true }, body);
  });
  hear('problem', (data) => {
    const { watch: place, body } = JSON.parse(data) as { watch: number; body: ProblemBody };
    tellProblem(paths[place], body);
  });
}

function close(): void {
  clearTimeout(silence);
  clearTimeout(retry);
  retry = undefined;
  source?.close();
  source = null;
  endOutgoing();
}

/** Whatever becomes of the new stream: one that nobody closes keeps one of the browser's connections for ever. */
function endOutgoing(): void {
  outgoing?.close();
  outgoing = null;
}

function stayAwake(opened: EventSource): void {
  clearTimeout(silence);
  silence = setTimeout(() => void lose(opened), silenceMs);
}

/** What the stream that is there has told is still the newest there is. */
function renewAges(): void {
  for (const one of known.values()) if (one.isNewest) one.currentAtMs = Date.now();
}

function tellAges(): void {
  for (const [path, one] of known) tell(path, one);
}

function tellProblem(path: string | undefined, problem: ProblemBody): void {
  const { answer, currentAtMs } = known.get(path ?? '') ?? { answer: undefined, currentAtMs: null };
  tell(path, { answer, problem, currentAtMs, isNewest: false });
}

function tell(path: string | undefined, one: Known, answer?: unknown): void {
  if (path === undefined) return;
  known.set(path, one);
  for (const watcher of watchers.get(path) ?? []) watcher(toldOf(one, answer));
}

const toldOf = ({ problem, currentAtMs, isNewest }: Known, answer: unknown): Told => ({
  ...(answer === undefined ? {} : { answer }),
  problem,
  ageS: isNewest || currentAtMs === null ? 0 : Math.floor((Date.now() - currentAtMs) / 1000),
});

/** Finds out why a stream ended, for it does not say, tells it to all and opens another after a pause. */
async function lose(lost: EventSource): Promise<void> {
  if (source !== lost) return;
  close();
  const problem = await reasonOf();
  if (problem === null || source !== null || document.hidden) return;
  for (const path of watchers.keys()) tellProblem(path, problem);
  clearTimeout(retry);
  retry = setTimeout(open, pauseMs * (0.5 + Math.random() / 2));
  pauseMs = Math.min(longestPauseMs, pauseMs * 2);
}

/** Why there is no stream; null where the session has ended, and the page with it. */
async function reasonOf(): Promise<ProblemBody | null> {
  try {
    await ask('/v1/session');
    return broken;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    if (error.status !== 401) return error.problem;
    leave('Your session has ended. Sign in again.');
    return null;
  }
}
