import { refuseVisitor } from '../auth/credential.ts';
import type { Principal } from '../auth/store-directory.ts';
import type { Admission } from '../http/admission.ts';
import type { OpenStreams } from '../http/open-streams.ts';
import type { RequestLine } from '../http/create-app.ts';
import { Problem, toProblem } from '../http/problem.ts';
import { problemKinds } from '../http/problem-codes.ts';
import type { RateLimit } from '../http/rate-limit.ts';
import { requestIdOf } from '../http/request-id.ts';
import { type Call, eventStreamType, type Route } from '../http/route.ts';
import { LiveQuestions } from './live-questions.ts';
import { answerState, type LiveState, problemState } from './live-state.ts';
import { type Envelope, LiveStream, bare } from './live-stream.ts';
import {
  callOf,
  type LiveGet,
  liveTarget,
  type LiveTarget,
  questionKey,
  refuseUnwatchable,
} from './live-target.ts';

export interface LiveParts {
  readonly admission: Pick<Admission, 'enter'>;
  readonly rateLimit: Pick<RateLimit, 'take'>;
  /** The clock of the rate limit, ms. */
  readonly rateNowMs: () => number;
  readonly nowMs: () => number;
  /** Bounds the streams, and ends them with the process or with their caller. */
  readonly open: OpenStreams;
  /** Told when a resource begins to have no answer, and again when the reason is another; as of a request for it. */
  readonly onFault: (line: RequestLine) => void;
  /** Characters of one answer, which is kept while it is watched. Default: 2 Mi, so that all 256 there may be are 0.5 Gi of one or two bytes. */
  readonly answerMax?: number;
}

const answerMaxDefault = 2_097_152;

/** A question of one visitor is nobody else's: each would be asked again and again for him alone. */
const visitorsWatch =
  'A visitor of the shop may not watch this: ask for application/json, or follow an order of yours at /v1/orders/{id}/events.';

/** What is to be watched: a resource, or why this caller cannot have it. */
type Watched = LiveTarget | Problem;

/** The resources that may be watched, and the streams that carry them. */
export class LiveResources {
  readonly #routes: readonly LiveGet[];
  readonly #parts: LiveParts;
  readonly #questions = new LiveQuestions();

  constructor(routes: readonly Route[], parts: LiveParts) {
    this.#routes = routes.filter((route): route is LiveGet => route.live !== undefined);
    this.#parts = parts;
  }

  /** The route, which under `Accept: text/event-stream` answers each time its answer has changed; others as they are. */
  streamed(route: Route): Route {
    const { live } = route;
    if (live === undefined) return route;
    const get: LiveGet = { ...route, live };
    const seconds = live.everyMs / 1000;
    const whose = route.visitors ? ' Visitors of the shop are 403.' : '';
    return {
      ...route,
      produces: [...route.produces, eventStreamType],
      docs: {
        ...route.docs,
        eventStream: `data is the JSON answer, at once and each time it has changed (looked for every ${seconds} s); an event named problem has a Problem; alive has the server's time.${whose}`,
      },
      handle: async (call) => {
        if (call.produces !== eventStreamType) return route.handle(call);
        refuseVisitor(call.principal, visitorsWatch);
        refuseUnwatchable(get, call.query);
        const { principal, params, query, request } = call;
        this.stream(call, [{ route: get, principal, params, query, target: request.url ?? '' }], bare);
        return null;
      },
    };
  }

  /** What each path names for the caller. Throws `rate-limited`: each of them costs as much as its GET. */
  resolve(paths: readonly string[], principal: Principal): readonly Watched[] {
    for (const _ of paths.slice(1)) {
      const { refusedBy } = this.#parts.rateLimit.take(principal, this.#parts.rateNowMs());
      if (refusedBy === null) continue;
      throw new Problem('rate-limited', {
        detail: `Each path of watch counts as one request of this ${refusedBy}.`,
        retryAfterSeconds: 1,
      });
    }
    return paths.map((path) => {
      try {
        return liveTarget(this.#routes, path, principal);
      } catch (error) {
        if (error instanceof Problem) return error;
        throw error;
      }
    });
  }

  /** Opens a stream of these. Throws `overloaded` or `rate-limited` before the head is sent. */
  stream({ request, response, principal }: Call, watched: readonly Watched[], envelope: Envelope): void {
    const { open, nowMs } = this.#parts;
    const release = open.reserve(principal);
    try {
      let stream: LiveStream | null = null;
      const before: [number, LiveState][] = [];
      const leave = this.#watchAll(watched, (index, state) => {
        if (stream) stream.tell(index, state);
        else before.push([index, state]);
      });
      if (response.destroyed) return leave();
      response.once('close', leave);
      stream = new LiveStream(request, response, { envelope, nowMs });
      open.add(stream.answer, principal);
      for (const [index, state] of before) stream.tell(index, state);
    } finally {
      release();
    }
  }

  /** The state of each, once. Throws as `stream`. */
  async once(watched: readonly Watched[]): Promise<readonly LiveState[]> {
    const told = watched.map(() => Promise.withResolvers<LiveState>());
    const leave = this.#watchAll(watched, (index, state) => told[index]?.resolve(state));
    try {
      return await Promise.all(told.map(({ promise }) => promise));
    } finally {
      leave();
    }
  }

  /** Watches all or none. */
  #watchAll(watched: readonly Watched[], tell: (index: number, state: LiveState) => void): () => void {
    const leaves: (() => void)[] = [];
    const leaveAll = (): void => {
      for (const leave of leaves) leave();
    };
    try {
      for (const [index, one] of watched.entries()) {
        if (one instanceof Problem) tell(index, problemState(one, requestIdOf(undefined)));
        else leaves.push(this.#watch(one, (state) => tell(index, state)));
      }
    } catch (error) {
      leaveAll();
      throw error;
    }
    return leaveAll;
  }

  #watch(target: LiveTarget, tell: (state: LiveState) => void): () => void {
    const { store, keyId } = target.principal;
    const { everyMs } = target.route.live;
    let faultTag = '';
    const ask = async (): Promise<LiveState> => {
      const requestId = requestIdOf(undefined);
      const beganMs = performance.now();
      try {
        const state = await this.#answer(target, requestId);
        faultTag = '';
        return state;
      } catch (error) {
        const state = problemState(error, requestId);
        const durationMs = performance.now() - beganMs;
        if (state.tag !== faultTag) this.#parts.onFault(lineOf(target, requestId, durationMs, error));
        faultTag = state.tag;
        return state;
      }
    };
    return this.#questions.watch({ store, keyId, key: questionKey(target), everyMs, ask }, tell);
  }

  /** One question takes the room of one request in its route's lane. */
  async #answer(target: LiveTarget, requestId: string): Promise<LiveState> {
    const { route } = target;
    const leave = this.#parts.admission.enter(route.lane ?? 'reads');
    try {
      const answer = await route.handle(callOf(target, requestId));
      if (!answer) throw new Error(`${route.path} wrote its answer itself: it cannot be watched`);
      const { answerMax = answerMaxDefault } = this.#parts;
      if (answer.body.length > answerMax) {
        throw new Problem('range-too-wide', {
          detail: `An answer that is watched has at most ${answerMax} characters: choose a wider bucket, a shorter range or a filter, or ask for it by a GET of its own path.`,
        });
      }
      return answerState(answer, route.live);
    } finally {
      leave();
    }
  }
}

function lineOf(target: LiveTarget, requestId: string, durationMs: number, thrown: unknown): RequestLine {
  const problem = toProblem(thrown);
  return {
    method: 'GET',
    route: target.route.path,
    status: problemKinds[problem.code].status,
    durationMs,
    requestId,
    store: target.principal.store,
    keyId: null, // asked for all who watch
    problem: problem.code,
    replayed: false,
    byCookie: true, // no request of anybody's: who watches is told on his stream
    fault: problem.cause ?? null,
  };
}
