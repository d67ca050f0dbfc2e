import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { acceptJournalRecord, journalStart } from '../../schemas/accept-journal-record.ts';
import { readerAtStart, readOn } from './accept-record.ts';
import type { AnyEvent, JournalRecord } from './recording.ts';
import { createI03 } from './rules/i-03.ts';

const writer = fc.constantFrom('a', 'b', 'c');
const record = fc.oneof(
  fc.record({ is: fc.constant('barrier' as const), writer, follows: fc.option(writer) }),
  fc.record({ is: fc.constant('event' as const), writer, seq: fc.integer({ min: 1, max: 6 }) }),
);

/** An event with what the rule of validity looks at. */
const eventOf = (of: { readonly writer: string; readonly seq?: number; readonly follows?: string | null }) =>
  ({
    seq: of.seq ?? 0,
    writer: of.writer,
    body: 'follows' in of ? { type: 'Barrier', ...of } : { type: 'TimePassed', atMs: 0 },
  }) as unknown as AnyEvent;

test('both versions of the validity rule accept the same records of any journal', () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(record, { maxLength: 40 }), (records) => {
      let [position, reader] = [journalStart, readerAtStart];
      for (const [offset, one] of records.entries()) {
        const event = eventOf(one);
        const theirs = acceptJournalRecord(position, BigInt(offset), event);
        const ours = readOn(reader, event);
        expect(ours === null).toBe(theirs === null);
        if (theirs === null || ours === null) continue;
        accepted += 1;
        expect([ours.owner, ours.nextSeq]).toEqual([theirs.writer, theirs.seq + 1]);
        [position, reader] = [theirs, ours];
      }
    }),
    { numRuns: 2_000 },
  );
  expect(accepted).toBeGreaterThan(500);
});

test('a record on which they differ is a violation of I-03', () => {
  const rule = createI03();
  const event = eventOf({ writer: 'a', follows: null });
  const at: JournalRecord = { offset: 0, key: null, event, crc: 0 };
  const step = { processor: 'orders', partition: 0, record: at, event, seq: 0, writer: 'a' } as const;
  rule.onJournal?.({ ...step, isValid: true, isAgreed: false });
  const report = rule.end({} as Parameters<typeof rule.end>[0]);
  expect(report).toMatchObject({ verdict: 'violated', violations: 1 });
  expect(report.first).toContain('disagree');
});
