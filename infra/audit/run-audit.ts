import {
  acceptJournalRecord,
  type JournalPosition,
  journalStart,
} from '../../schemas/accept-journal-record.ts';
import { processorNames } from '../../schemas/topic-catalogue.ts';
import { type Reader, readerAtStart, readOn } from './accept-record.ts';
import type { InboxRecord, JournalRecord, Recording, RedisEntry } from './recording.ts';
import type { Fact, JournalStep, Place, Rule, RuleReport } from './rule.ts';

/**
 * Feeds a recording to the rules, once, and returns their reports in the order of the rules. Journal and inbox of a
 * partition are read side by side: causes never fall, so memory is a batch of each.
 * Throws what the recording throws (a source that cannot be read), and TypeError on a journal that cannot be decoded.
 */
export async function runAudit(recording: Recording, rules: readonly Rule[]): Promise<readonly RuleReport[]> {
  const clickHouse = await recording.clickHouse();
  for (const rule of rules) rule.begin?.({ atRest: recording.atRest, clickHouse });
  // First, so that whatever a client was promised stands in the logs that are read after it.
  for await (const step of recording.client()) for (const rule of rules) rule.onClient?.(step);
  for (const processor of processorNames) {
    for (let partition = 0; partition < recording.partitions; partition += 1) {
      const place = { processor, partition };
      const view =
        processor === 'catalogue' ? noView : recording.redis(processor, partition)[Symbol.asyncIterator]();
      const position = await view.next();
      if (!position.done) for (const rule of rules) rule.onRedis?.(place, position.value);
      await auditPartition(recording, place, rules);
      for (let entry = await view.next(); !entry.done; entry = await view.next()) {
        for (const rule of rules) rule.onRedis?.(place, entry.value);
      }
      for (const rule of rules) rule.onPartitionEnd?.(place);
    }
  }
  const ledger = await recording.ledger();
  const { partitions, atRest } = recording;
  return rules.map((rule) => rule.end({ partitions, atRest, clickHouse, ledger }));
}

const noView: AsyncIterator<RedisEntry> = { next: async () => ({ done: true, value: undefined }) };

async function auditPartition(recording: Recording, place: Place, rules: readonly Rule[]): Promise<void> {
  const inbox = new InboxCursor(recording.inbox(place.processor, place.partition), place, rules);
  let position: JournalPosition = journalStart;
  let reader: Reader = readerAtStart;
  for await (const records of recording.journal(place.processor, place.partition)) {
    for (const record of records) {
      const event = eventOf(record, place);
      const accepted = acceptJournalRecord(position, BigInt(record.offset), event);
      const ours = readOn(reader, event);
      position = accepted ?? position;
      reader = ours ?? reader;
      const step: JournalStep = {
        ...place,
        record,
        event,
        isValid: accepted !== null,
        isAgreed: isSame(accepted, ours),
        seq: position.seq,
        writer: position.writer,
      };
      for (const rule of rules) rule.onJournal?.(step);
      if (accepted === null || event.body.type === 'Barrier') continue;
      const { key, offset } = record;
      const fact: Fact = { ...place, event, key, offset, cause: await inbox.advanceTo(event.cause.offset) };
      for (const rule of rules) rule.onFact?.(fact);
    }
  }
  await inbox.finish();
}

function isSame(accepted: JournalPosition | null, ours: Reader | null): boolean {
  if (accepted === null || ours === null) return accepted === ours;
  return accepted.writer === ours.owner && accepted.seq === ours.nextSeq - 1;
}

function eventOf(
  { event, offset }: JournalRecord,
  { processor, partition }: Place,
): NonNullable<JournalRecord['event']> {
  if (event) return event;
  throw new TypeError(
    `journal ${processor}/${partition} offset ${offset} cannot be decoded: nothing after it can be audited`,
  );
}

/** Walks an inbox partition beside its journal and tells the rules of each record once. */
class InboxCursor {
  private readonly place: Place;
  private readonly rules: readonly Rule[];
  private readonly batches: AsyncIterator<readonly InboxRecord[]>;
  private batch: readonly InboxRecord[] = [];
  private at = 0;
  private first: number | null = null;
  private current: InboxRecord | null = null;

  constructor(inbox: AsyncIterable<readonly InboxRecord[]>, place: Place, rules: readonly Rule[]) {
    this.batches = inbox[Symbol.asyncIterator]();
    this.place = place;
    this.rules = rules;
  }

  /** The record at `offset`; those passed on the way caused nothing. */
  async advanceTo(offset: number): Promise<Fact['cause']> {
    if (this.current?.offset === offset) return this.current;
    let record = await this.peek();
    if (this.first !== null && offset < this.first) return 'trimmed';
    while (record && record.offset < offset) {
      this.take(record, 'uncaused');
      record = await this.peek();
    }
    if (!record || record.offset !== offset) return 'absent';
    this.take(record, 'caused');
    return record;
  }

  async finish(): Promise<void> {
    for (let record = await this.peek(); record; record = await this.peek()) this.take(record, 'later');
  }

  private take(record: InboxRecord, is: 'caused' | 'uncaused' | 'later'): void {
    this.at += 1;
    this.current = record;
    for (const rule of this.rules) rule.onInbox?.({ ...this.place, record, is });
  }

  private async peek(): Promise<InboxRecord | null> {
    while (this.at >= this.batch.length) {
      const next = await this.batches.next();
      if (next.done) return null;
      this.batch = next.value;
      this.at = 0;
    }
    const record = this.batch[this.at] ?? null;
    this.first ??= record?.offset ?? null;
    return record;
  }
}
