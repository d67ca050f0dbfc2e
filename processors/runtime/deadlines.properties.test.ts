import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Aggregates } from './aggregates.ts';
import { Deadlines } from './deadlines.ts';
import { createFold, evolveAggregate, nextDue, packOld } from './fold.ts';
import { PackedIds } from './packed-ids.ts';
import type { Processor } from './processor.ts';
import { sweepChunks } from './sweep-chunks.ts';
import { type Counter, counter } from './testing/tiny-processors.ts';

/** Due at the time its `onHand` says. Of each few enough stay loose that the others are found where they are packed. */
const timed = {
  ...counter,
  looseMax: 2,
  dueAtMs: ({ onHand }: Counter) => (onHand === 0 ? Number.POSITIVE_INFINITY : onHand),
  keyOfEvent: ({ key }: { readonly key: string }) => key,
  evolve: (_: Counter | undefined, { dueMs }: { readonly dueMs: number }) => ({
    onHand: dueMs,
    holds: 0,
    commandIds: [],
  }),
} as unknown as Processor<Counter, never, never>;

type Step = readonly [
  act: 'set' | 'look' | 'pack' | 'freeze' | 'thaw' | 'reload' | 'time',
  n: number,
  ms: number,
];

const step = fc.tuple(
  fc.constantFrom<Step[0]>('set', 'set', 'set', 'look', 'pack', 'pack', 'freeze', 'thaw', 'reload', 'time'),
  fc.nat({ max: 9 }),
  fc.nat({ max: 200_000 }),
);

test('whatever was packed, unpacked, frozen or loaded meanwhile: each falls due once, in the order of time and key', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const model = new Map<string, number>();
      let fold = createFold(timed);
      let frozen: ReturnType<typeof fold.aggregates.freeze> | null = null;
      let nowMs = 1;
      const set = (key: string, dueMs: number): void => {
        evolveAggregate(fold, timed, { key, dueMs } as never, nowMs);
        model.set(key, dueMs);
      };
      const thaw = (): void => {
        frozen?.thaw();
        frozen = null;
      };
      for (const [act, n, ms] of steps) {
        const key = `k${n}`;
        if (act === 'set') set(key, nowMs + ms);
        if (act === 'look') expect(fold.aggregates.get(key)?.onHand).toBe(model.get(key));
        if (act === 'pack') packOld(fold);
        if (act === 'freeze') frozen ??= fold.aggregates.freeze();
        if (act === 'thaw') thaw();
        if (act === 'reload') {
          thaw();
          const aggregates = fold.aggregates.freeze();
          const next = createFold(timed);
          const archived = new PackedIds().freeze();
          for (const chunk of sweepChunks({ aggregates, archived, parked: [] })) {
            next.aggregates.load(Buffer.from(chunk));
          }
          aggregates.thaw();
          if (n % 2 === 0) fold = next; // otherwise what was packed stands in the swept chunks, and the fold goes on
        }
        if (act !== 'time') continue;
        nowMs += ms;
        const due = [...model].filter(([, dueMs]) => dueMs !== 0 && dueMs <= nowMs);
        due.sort(([a, aMs], [b, bMs]) => aMs - bMs || (a < b ? -1 : 1));
        for (const [expected] of due) {
          const found = nextDue(fold, timed, nowMs);
          expect(found?.key).toBe(expected);
          set(expected, 0);
        }
        expect(nextDue(fold, timed, nowMs)).toBeNull();
        expect(fold.deadlines.nextMs()).toBeGreaterThan(nowMs);
      }
    }),
    { numRuns: 400 },
  );
});

test('of packed aggregates the heap holds those of the next minute alone', () => {
  const aggregates = new Aggregates({
    format: counter.format,
    dueAtMs: ({ onHand }) => onHand,
    looseMax: 16,
  });
  const deadlines = new Deadlines(aggregates);
  for (let i = 0; i < 20_000; i += 1) {
    aggregates.set(`k${i}`, { onHand: 1_000_000 + 30 * i, holds: 0, commandIds: [] });
    deadlines.add(`k${i}`, 1_000_000 + 30 * i);
    if (aggregates.packOld()) deadlines.forgetPacked();
  }
  expect(deadlines.size).toBeLessThan(8_192 + 256);
  expect(deadlines.nextMs()).toBe(1_000_000);
  expect(deadlines.earliest(1_000_000)).toEqual({ key: 'k0', atMs: 1_000_000 });
});
