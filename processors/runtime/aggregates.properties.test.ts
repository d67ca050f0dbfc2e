import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunkBytesMax, chunkKinds } from '../../schemas/snapshot-chunk.ts';
import { Aggregates, type FrozenAggregates } from './aggregates.ts';
import { PackedIds } from './packed-ids.ts';
import { sweepChunks } from './sweep-chunks.ts';
import { counter, type Counter } from './testing/tiny-processors.ts';

const rules = {
  format: counter.format,
  dueAtMs: ({ holds }: Counter) => (holds > 2 ? holds : Infinity),
  looseMax: 4,
};
const dump = (aggregates: Aggregates<Counter>): unknown =>
  [...aggregates.keys()].sort().map((key) => [key, structuredClone(aggregates.get(key))]);

function loaded(chunks: readonly Buffer[]): Aggregates<Counter> {
  const aggregates = new Aggregates(rules);
  let count = 0;
  let due = 0;
  for (const chunk of chunks) {
    expect(chunk[0]).toBe(chunkKinds.entries);
    expect(chunk.length).toBeLessThanOrEqual(chunkBytesMax);
    count += aggregates.load(chunk);
  }
  expect(count).toBe(aggregates.size);
  aggregates.tellDue(Number.MAX_SAFE_INTEGER, () => (due += 1));
  expect(due).toBe([...aggregates.keys()].filter((key) => (aggregates.get(key)?.holds ?? 0) > 2).length);
  return aggregates;
}

type Step = readonly ['hold' | 'grow' | 'look' | 'leave' | 'pack' | 'freeze' | 'chunk' | 'end', key: number];

const step = fc.tuple(
  fc.constantFrom<Step[0]>(
    'hold',
    'hold',
    'hold',
    'grow',
    'look',
    'leave',
    'pack',
    'pack',
    'freeze',
    'chunk',
    'chunk',
    'end',
  ),
  fc.nat({ max: 11 }),
);

test('what is frozen stays as it was however the fold goes on, and the fold goes on as if nothing were frozen', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const model = new Map<string, Counter>();
      const aggregates = new Aggregates(rules);
      let sweep: {
        frozen: FrozenAggregates;
        chunks: Generator<Buffer>;
        taken: Buffer[];
        expected: unknown;
      } | null = null;
      const finish = (): void => {
        if (sweep === null) return;
        sweep.taken.push(...sweep.chunks);
        sweep.frozen.thaw();
        expect(dump(loaded(sweep.taken))).toEqual(sweep.expected);
        sweep = null;
      };
      const change = (key: string, by: (state: Counter) => void): void => {
        for (const states of [aggregates, model] as const) {
          const known = states === aggregates ? aggregates.forChange(key) : model.get(key);
          const state = known ?? { onHand: 0, holds: 0, commandIds: [] };
          by(state);
          states.set(key, state);
        }
      };
      for (const [act, n] of steps) {
        const key = `s/sku-${n}`;
        if (act === 'hold') change(key, (state) => (state.holds += 1));
        // some 200 KB each: two fill a chunk, so that a sweep takes several steps
        if (act === 'grow') change(key, (state) => (state.commandIds = ['x'.repeat(200_000)]));
        if (act === 'look') expect(aggregates.get(key)).toEqual(model.get(key));
        if (act === 'leave' && model.has(key)) {
          aggregates.forChange(key);
          aggregates.delete(key);
          model.delete(key);
        }
        if (act === 'pack') aggregates.packOld();
        if (act === 'freeze' && sweep === null) {
          const frozen = aggregates.freeze();
          expect(frozen.size).toBe(model.size);
          const expected = [...model]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map((pair) => structuredClone(pair));
          sweep = {
            frozen,
            chunks: sweepChunks({ aggregates: frozen, archived: new PackedIds().freeze(), parked: [] }),
            taken: [],
            expected,
          };
        }
        if (act === 'chunk' && sweep !== null) {
          const next = sweep.chunks.next();
          if (!next.done) sweep.taken.push(next.value);
        }
        if (act === 'end') finish();
        expect(aggregates.size).toBe(model.size);
      }
      finish();
      aggregates.packOld();
      const large = [...model.values()].filter(({ commandIds }) => commandIds.length > 0).length;
      expect(aggregates.looseSize, 'the large ones stay loose').toBeLessThanOrEqual(4 + large);
      expect(dump(aggregates)).toEqual([...model].sort(([a], [b]) => (a < b ? -1 : 1)));
    }),
    { numRuns: 300 },
  );
});

function sweep(aggregates: Aggregates<Counter>): readonly Buffer[] {
  const frozen = aggregates.freeze();
  const chunks = [...sweepChunks({ aggregates: frozen, archived: new PackedIds().freeze(), parked: [] })];
  frozen.thaw();
  return chunks;
}

test('an aggregate larger than a chunk goes in parts; what is loose stays as it is in memory', () => {
  const aggregates = new Aggregates(rules);
  const large: Counter = { onHand: 1, holds: 0, commandIds: ['y'.repeat(2 * chunkBytesMax)] };
  const small: Counter = { onHand: 2, holds: 0, commandIds: [] };
  aggregates.set('s/large', large);
  aggregates.set('s/small', small);
  const { part, lastPart, entries } = chunkKinds;
  expect(sweep(aggregates).map((chunk) => chunk[0])).toEqual([part, part, lastPart, entries]);
  expect(aggregates.get('s/large')).toBe(large);
  expect(aggregates.get('s/small')).toBe(small);
  expect(aggregates.packedBytes).toBe(0);
});

test('bytes of a snapshot are kept no longer than an aggregate is packed in them', () => {
  const aggregates = new Aggregates(rules);
  const before = new Aggregates(rules);
  for (const key of ['s/a', 's/b', 's/c']) before.set(key, { onHand: 1, holds: 0, commandIds: [] });
  for (const chunk of sweep(before)) aggregates.load(chunk);
  aggregates.get('s/c');
  for (let round = 0; round < 3; round += 1) {
    const [packed, loose, ...more] = sweep(aggregates);
    expect([packed?.length, loose?.length, more]).toEqual([expect.any(Number), expect.any(Number), []]);
    expect(aggregates.packedBytes, 'the gap that the loose one left is gone').toBe(packed?.length);
  }
  aggregates.get('s/a');
  expect(aggregates.packedBytes).toBeGreaterThan(0);
  const frozen = aggregates.freeze();
  aggregates.get('s/b');
  frozen.thaw();
  expect(aggregates.packedBytes).toBe(0);
});

test('many loose ones, as after a thaw, are packed in parts', () => {
  const aggregates = new Aggregates({ ...rules, looseMax: 4_096 });
  for (let i = 0; i < 8_192; i += 1) aggregates.set(`s/${i}`, { onHand: i, holds: 0, commandIds: [] });
  for (const left of [7_168, 6_144, 5_120, 4_096]) {
    expect(aggregates.packOld()).toBe(true);
    expect(aggregates.looseSize).toBe(left);
  }
  expect(aggregates.packOld()).toBe(false);
  expect(aggregates.isLoose('s/4095')).toBe(false);
  expect(aggregates.isLoose('s/4096')).toBe(true);
});
