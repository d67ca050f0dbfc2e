import { setTimeout as delay } from 'node:timers/promises';
import { scopes } from '../../../../schemas/api-key.ts';
import { askApi, askUntil } from '../ask-api.ts';
import type { CorpusPlace } from '../corpus-place.ts';
import { Fixtures } from '../fixtures.ts';
import { problemTypeOf } from '../judge-answer.ts';
import { type DocumentedRoute, routesOf } from './api-document.ts';
import { type HostileRequest, wireBytes } from './hostile-request.ts';
import { judgeHostile } from './judge-hostile.ts';
import { mutateRequest } from './mutate-request.ts';
import { type Pick, pickBySeed } from './pick.ts';
import { sendPipelined } from './send-pipelined.ts';
import { validRequest, type World } from './valid-requests.ts';

export interface HostileReport {
  readonly requests: number;
  readonly seeds: number;
  /** Answers by status or problem code. */
  readonly came: Readonly<Record<string, number>>;
  /** Requests by `METHOD path` of the route they were made of. */
  readonly routes: Readonly<Record<string, number>>;
  /** Answers that judge the meaning of a request: 2xx, 304, 409, 412, 422. */
  readonly near: number;
  /** Broken messages whose connection was closed without a word. */
  readonly cutOff: number;
  /** The most this process held after a seed, bytes of heap and buffers. */
  readonly heldBytesMax: number;
  readonly violations: readonly string[];
}

export interface Hostility {
  readonly requests: number;
  readonly firstSeed: number;
}

export const requestsPerSeed = 1_000;
const connections = 8;
const perConnection = 50;
/** A request whose connection another one has ended is sent again so often. */
const triesMax = 8;
/** One that a busy machine sheds is sent again after a pause, as any client does. */
const shedsMax = 100;
const shedPauseMs = 100;
const violationsMax = 20;

interface Planned {
  readonly name: string;
  readonly request: HostileRequest;
  readonly route: string;
  tries: number;
  sheds: number;
}

/** Sends that many spoiled requests of every route, a seed for each thousand, and holds every answer to the rules. */
export async function runHostile(
  place: CorpusPlace,
  { requests, firstSeed }: Hostility,
): Promise<HostileReport> {
  const { world, routes } = await makeWorld(place);
  const seeds = Math.ceil(requests / requestsPerSeed);
  const came: Record<string, number> = {};
  const byRoute: Record<string, number> = {};
  const violations: string[] = [];
  let near = 0;
  let cutOff = 0;
  let heldBytesMax = 0;
  const blame = (of: Planned, what: string): void => {
    const bytes = wireBytes(of.request).subarray(0, 2_000).toString('latin1');
    violations.push(`${of.name} (${of.request.mutations.join(', ')}): ${what}\n${bytes}`);
  };
  for (let seed = firstSeed; seed < firstSeed + seeds && violations.length < violationsMax; seed += 1) {
    const pick = pickBySeed(seed);
    const queue = Array.from({ length: requestsPerSeed }, (_, i) => plan(seed, i, pick, routes, world));
    for (const { route } of queue) byRoute[route] = (byRoute[route] ?? 0) + 1;
    const work = async (): Promise<void> => {
      for (let batch = takeBatch(queue); batch.length > 0; batch = takeBatch(queue)) {
        let isShed = false;
        const unanswered = await sendPipelined(place.target, batch, (of, answer) => {
          if (problemTypeOf(answer) === 'overloaded' && of.sheds < shedsMax) {
            isShed = true;
            of.sheds += 1;
            queue.push(of);
            return;
          }
          const judged = judgeHostile(of.request, answer, routes, world.key);
          came[judged.came] = (came[judged.came] ?? 0) + 1;
          if (judged.isNear) near += 1;
          if (judged.violation !== null) blame(of, judged.violation);
        });
        if (isShed) await delay(shedPauseMs);
        for (const of of unanswered) {
          of.tries += 1;
          if (of.request.breaksFraming) cutOff += 1;
          else if (of.tries < triesMax) queue.push(of);
          else blame(of, `no answer on ${triesMax} connections`);
        }
      }
    };
    await Promise.all(Array.from({ length: connections }, work));
    const { heapUsed, external } = process.memoryUsage();
    heldBytesMax = Math.max(heldBytesMax, heapUsed + external);
  }
  const { status } = await askApi(place.target, 'GET', '/livez', { key: world.key });
  if (status !== 200) violations.push(`after all that /livez says ${status}`);
  return {
    requests: seeds * requestsPerSeed,
    seeds,
    came,
    routes: byRoute,
    near,
    cutOff,
    heldBytesMax,
    violations: violations.slice(0, violationsMax),
  };
}

function plan(
  seed: number,
  i: number,
  pick: Pick,
  routes: readonly DocumentedRoute[],
  world: World,
): Planned {
  // orders have the most to check
  const orders = routes.find(({ method, path }) => method === 'POST' && path === '/v1/orders');
  const route = orders && pick.chance(0.2) ? orders : pick.one(routes);
  const request = mutateRequest(validRequest(route, world, `hostile-${seed}-${i}`), pick);
  return {
    name: `seed ${seed} request ${i}`,
    request: withoutStreams(request),
    route: `${route.method} ${route.path}`,
    tries: 0,
    sheds: 0,
  };
}

/** An event stream has no end; it is asked for in tests of its own. */
const withoutStreams = (request: HostileRequest): HostileRequest => ({
  ...request,
  headers: request.headers.filter(
    ([name, value]) => name.toLowerCase() !== 'accept' || !/event-stream|text\/\*/.test(value),
  ),
});

/** One that was cut off more often by an answer before it goes alone. */
const triesInCompany = 2;

/** So many requests for a connection, of which only the last may break it. */
function takeBatch(queue: Planned[]): readonly Planned[] {
  const batch: Planned[] = [];
  while (batch.length < perConnection) {
    const [next] = queue;
    if (!next || (batch.length > 0 && next.tries > triesInCompany)) break;
    queue.shift();
    batch.push(next);
    if (next.request.breaksFraming || next.tries > triesInCompany) break;
  }
  return batch;
}

async function makeWorld(
  place: CorpusPlace,
): Promise<{ readonly world: World; readonly routes: readonly DocumentedRoute[] }> {
  const fixtures = await Fixtures.make(place);
  const key = await place.writer.putKey(
    place.stores.S1,
    scopes.filter((scope) => scope !== 'orders:priced'),
  );
  await askUntil([200], place.target, 'GET', '/v1/orders', { key });
  const { body } = await askUntil([200], place.target, 'GET', '/openapi.json', { key });
  const values = await fixtures.valuesOf(new Set(['order.confirmed']));
  const { host, port } = place.target;
  const world = {
    host: `${host}:${port}`,
    key,
    store: place.stores.S1,
    orderId: values.get('order.confirmed') ?? '',
  };
  return { world, routes: routesOf(JSON.parse(body) as object) };
}
