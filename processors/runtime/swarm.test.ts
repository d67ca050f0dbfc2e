import { expect, test } from 'vitest';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { brokenChains, decided, disorder, heard, placeHolds } from './testing/commands.ts';
import type { AppendFault } from './testing/model-broker.ts';
import { counter, echo } from './testing/tiny-processors.ts';
import { type Running, World } from './testing/world.ts';

/** mulberry32: a small generator that is the same everywhere. */
function createDraw(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const faults: readonly AppendFault[] = ['answer-lost', 'request-lost', 'late', 'twice'];
const reached = new Map<string, number>();
const reach = (what: string): void => void reached.set(what, (reached.get(what) ?? 0) + 1);

/** One run: faults drawn from the seed for a while, then quiet; the books must show every hold once. */
async function run(seed: number): Promise<World> {
  const draw = createDraw(seed);
  const world = new World(1 + Math.floor(draw() * 3));
  world.broker.lateMs = 50 + Math.floor(draw() * 9_000);
  const kinds = faults.filter(() => draw() < 0.5);
  const share = draw() * 0.4;
  let noisy = true;
  world.broker.faultOf = ({ topic }, client) => {
    const fault = kinds[Math.floor(draw() * kinds.length)];
    if (!noisy || !fault || client === 'test' || draw() > share) return null;
    reach(`${fault} ${topic === journalOf('stock') ? 'journal' : 'other'}`);
    return fault;
  };
  const running: Pick<Running<never, never, never>, 'process' | 'tasks'>[] = [];
  const start = (): void => {
    const name = `p${running.length}`;
    const next = draw() < 0.7 ? world.start(name, counter) : world.start(name, echo);
    running.push(next as never);
  };
  world.start('stock-first', counter);
  world.start('orders-first', echo);
  const ids: string[] = [];
  for (let step = 0; step < 12; step += 1) {
    ids.push(...placeHolds(world, Math.floor(draw() * 25), `s${String(step).padStart(2, '0')}-`));
    const dice = draw();
    const one = running[Math.floor(draw() * running.length)]?.process;
    if (dice < 0.25) start();
    else if (dice < 0.35 && one?.isAlive) {
      one.kill();
      reach('kill');
    } else if (dice < 0.55 && one?.isAlive) {
      one.freeze();
      reach('freeze');
      const thawMs = 500 + draw() * 15_000;
      world.clock.setTimer(thawMs, () => one.isKilled || one.thaw());
    }
    await world.clock.advance(draw() * (draw() < 0.3 ? 8_000 : 60));
  }
  noisy = false;
  await world.clock.advance(60_000);
  const voids = Array.from({ length: world.partitions }, (_, p) => world.voidCount('stock', p));
  if (voids.some((count) => count > 0)) reach('void records');
  if (world.told('lostOwnership').length > 0) reach('lost ownership');
  expect(world.told('page'), `seed ${seed}`).toEqual([]);
  expect(decided(world), `seed ${seed}`).toEqual(ids);
  expect(heard(world), `seed ${seed}`).toEqual(ids);
  expect(disorder(world), `seed ${seed}`).toEqual([]);
  expect(brokenChains(world), `seed ${seed}`).toEqual([]);
  return world;
}

test('whatever fails, each command is decided once and each message takes effect once', {
  timeout: 60_000,
}, async () => {
  for (let seed = 1; seed <= 60; seed += 1) await run(seed);
  const names = [
    'kill',
    'freeze',
    'void records',
    'lost ownership',
    ...faults.flatMap((f) => [`${f} journal`, `${f} other`]),
  ];
  expect(names.filter((name) => !reached.has(name))).toEqual([]);
});

test('a seed gives the same run, record for record', async () => {
  const books = async () => {
    const world = await run(7);
    return [0, 1, 2].filter((p) => p < world.partitions).map((p) => world.valid('stock', p));
  };
  expect(await books()).toEqual(await books());
});
