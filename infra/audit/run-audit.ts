import {
  acceptJournalRecord,
  type JournalPosition,
  journalStart,
} from '../../schemas/accept-journal-record.ts';
import { processorNames } from '../../schemas/topic-catalogue.ts';
import { type Reader, readerAtStart, readOn } from './accept-record.ts';
import { InboxCursor } from './inbox-cursor.ts';
import { Parking } from './parking.ts';
import type { AnyEvent, JournalRecord, Recording, RedisEntry, Stream } from './recording.ts';
import type { Fact, JournalStep, Place, Rule, RuleReport } from './rule.ts';

/**
 * Feeds a recording to the rules, once, and returns their reports in the order of the rules. Journal and inbox of a
 * partition are read side by side: causes never fall, so memory is a batch of each.
 * Throws what the recording throws (a source that cannot be read), and TypeError on a journal that cannot be decoded.
 */
export async function runAudit(recording: Recording, rules: readonly Rule[]): Promise<readonly RuleReport[]> {
  const { partitions, atRest, restAtMs, journalEndsAtRest, given } = recording;
  const hasRedis = recording.redis !== null;
  const clickHouse = await recording.clickHouse();
  for (const rule of rules)
    rule.begin?.({ partitions, atRest, journalEndsAtRest, clickHouse, given, hasRedis });
  // First, so that whatever a client was promised stands in the logs that are read after it.
  const client = listening(rules, 'onClient');
  for await (const step of recording.client()) for (const rule of client) rule.onClient?.(step);
  for (const processor of processorNames) {
    for (let partition = 0; partition < partitions; partition += 1) {
      await auditTask(recording, { processor, partition }, rules);
    }
  }
  const readers = listening(rules, 'onText');
  if (given.secrets) {
    for await (const text of given.secrets.texts()) for (const rule of readers) rule.onText?.(text);
  }
  const ledger = await recording.ledger();
  const payments = (await recording.payments?.()) ?? null;
  const privileged = (await recording.privileged?.()) ?? null;
  const reports: RuleReport[] = [];
  for (const rule of rules)
    reports.push(
      rule.end({ partitions, atRest, restAtMs, clickHouse, ledger, payments, privileged, given, reports }),
    );
  return reports;
}

/** One journal partition, its inbox, and its view around them: the view may be behind the journal, never ahead. */
async function auditTask(recording: Recording, place: Place, rules: readonly Rule[]): Promise<void> {
  const viewers = listening(rules, 'onRedis');
  const view = iterate(place.processor === 'catalogue' ? [] : viewOf(recording, place));
  const position = await view.next();
  if (!position.done) for (const rule of viewers) rule.onRedis?.(place, position.value);
  await auditPartition(recording, place, rules);
  for (let entry = await view.next(); !entry.done; entry = await view.next()) {
    for (const rule of viewers) rule.onRedis?.(place, entry.value);
  }
  const askedAtMs = recording.journalAskedAtMs?.(place.processor, place.partition) ?? null;
  for (const rule of rules) rule.onPartitionEnd?.({ ...place, askedAtMs });
}

/** Most rules listen to little: nobody else is called. */
const listening = (rules: readonly Rule[], hook: keyof Rule): readonly Rule[] =>
  rules.filter((rule) => hook in rule);

const viewOf = ({ redis }: Recording, { processor, partition }: Place): Stream<RedisEntry> =>
  redis && processor !== 'catalogue' ? redis(processor, partition) : [];

const iterate = <T>(stream: Stream<T>): AsyncIterator<T> | Iterator<T> =>
  Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();

async function auditPartition(recording: Recording, place: Place, rules: readonly Rule[]): Promise<void> {
  const { processor, partition } = place;
  const journalists = listening(rules, 'onJournal');
  const judges = listening(rules, 'onFact');
  const inbox = new InboxCursor(
    iterate(recording.inbox(processor, partition)),
    place,
    listening(rules, 'onInbox'),
  );
  const parking = new Parking();
  let position: JournalPosition = journalStart;
  let reader: Reader = readerAtStart;
  for await (const records of recording.journal(processor, partition)) {
    for (const record of records) {
      const event = eventOf(record, place);
      const accepted = acceptJournalRecord(position, BigInt(record.offset), event);
      const ours = readOn(reader, event);
      position = accepted ?? position;
      reader = ours ?? reader;
      const step: JournalStep = {
        processor,
        partition,
        record,
        event,
        isValid: accepted !== null,
        isAgreed: isSame(accepted, ours),
        seq: position.seq,
        writer: position.writer,
      };
      for (const rule of journalists) rule.onJournal?.(step);
      if (accepted === null || event.body.type === 'Barrier') continue;
      // Waits for a batch of the inbox, not for each record.
      while (!inbox.reaches(event.cause.offset)) await inbox.readOn();
      const { key, offset } = record;
      const cause = inbox.at(event.cause.offset);
      const decided = parking.decidedBy(event, key, cause);
      const fact: Fact = { processor, partition, event, key, offset, cause, decided };
      for (const rule of judges) rule.onFact?.(fact);
    }
  }
  await inbox.finish();
}

function isSame(accepted: JournalPosition | null, ours: Reader | null): boolean {
  if (accepted === null || ours === null) return accepted === ours;
  return accepted.writer === ours.owner && accepted.seq === ours.nextSeq - 1;
}

function eventOf({ event, offset }: JournalRecord, { processor, partition }: Place): AnyEvent {
  if (event) return event;
  throw new TypeError(
    `journal ${processor}/${partition} offset ${offset} cannot be decoded: nothing after it can be audited`,
  );
}
