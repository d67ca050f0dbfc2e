import { expect } from 'vitest';
import { decodeManifest } from '../../../schemas/snapshot-manifest.ts';
import { journalOf, snapshotsOf } from '../../../schemas/topic-catalogue.ts';
import { brokenChains, decided, disorder, heard, placeHolds } from './commands.ts';
import { counter, echo } from './tiny-processors.ts';
import { World } from './world.ts';

export const snapshots = { topic: snapshotsOf('stock'), partition: 0 };
export const stockJournal = { topic: journalOf('stock'), partition: 0 };

type Ready = { readonly tasks: { notReady(): string | null } };
export const ready = (world: World, ...running: readonly Ready[]): Promise<void> =>
  world.clock.until('all ready', () => running.every(({ tasks }) => tasks.notReady() === null));

/** Orders and stock of one partition, each in a process; stock takes a snapshot every `everyEvents`. */
export async function start(everyEvents: number) {
  const world = new World(1);
  world.snapshotEvents = everyEvents;
  const orders = world.start('orders-a', echo);
  const a = world.start('a', counter);
  await ready(world, orders, a);
  return { world, a };
}

interface Took {
  readonly events: number;
  readonly resent: number;
  readonly fromSeq: number;
  readonly recordsRead: number;
}

export const tookOver = (world: World, process: string): Took =>
  world.told('tookOver').findLast(([name]) => name === process)?.[3] as Took;
export const told = (world: World, process: string, is: string): Record<string, unknown>[] =>
  world
    .told('snapshot')
    .filter(([name]) => name === process)
    .map(([, , , happened]) => happened as Record<string, unknown>)
    .filter((happened) => happened['is'] === is);

export function expectOnce(world: World, ids: readonly string[]): void {
  expect(world.told('page')).toEqual([]);
  expect(decided(world)).toEqual(ids);
  expect(heard(world)).toEqual(ids);
  expect(disorder(world)).toEqual([]);
  expect(brokenChains(world)).toEqual([]);
}

/** Whoever owns the partition now decides `count` more, and of all `ids` none is lost or doubled. */
export async function expectGoesOn(world: World, ids: string[], count: number): Promise<void> {
  ids.push(...placeHolds(world, count, 'i'));
  await world.clock.advance(3_000);
  expectOnce(world, ids);
}

/** The next owner, after the last one was killed or has left. */
export async function startNext(world: World, name = 'b') {
  const next = world.start(name, counter);
  await world.clock.until(`${name} owns`, () => next.tasks.states().get(0) === 'running', 120_000);
  return next;
}

export function manifestAt(world: World, offset: bigint) {
  const record = world.broker.all(snapshots).find((candidate) => candidate.offset === offset);
  const manifest = record?.value && decodeManifest(record.value);
  if (!manifest) throw new Error(`no manifest at ${offset}`);
  return manifest;
}
