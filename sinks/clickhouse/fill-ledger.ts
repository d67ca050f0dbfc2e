import { type AskForWriter, decodeRecords } from '../../infra/clients/decode-records.ts';
import {
  type AcceptedEvent,
  createJournalAcceptor,
  LineageBroken,
} from '../../infra/clients/journal-acceptor.ts';
import type { PositionedFold } from '../../infra/clients/journal-consumer.ts';
import type { Log, LogReader, TopicPartition } from '../../infra/clients/log.ts';
import { readPartition } from '../../infra/clients/read-partition.ts';
import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';

/** A journal and the fold that puts it into tables. */
export interface FilledJournal<B extends Body> {
  readonly codec: TopicCodec<EventEnvelope<B>>;
  readonly fold: PositionedFold<B>;
}

export interface FillOptions {
  readonly log: Pick<Log, 'offsetsOf'>;
  readonly reader: LogReader;
  readonly askForWriter: AskForWriter;
  /** Events folded in a partition, now and then. */
  readonly onProgress?: (at: TopicPartition, events: number) => void;
}

/**
 * Reads a journal from where its fold stands to the end it has now, without a consumer group. Killed at any moment it
 * goes on from the stored positions. Blocks that are not closed at that end stay out: the next call takes them. Rejects
 * with UnreadableRecord, with LineageBroken where the position is of another journal (or beyond this one's end), or where
 * somebody else writes these tables.
 */
export async function fillLedger<B extends Body>(
  { codec, fold }: FilledJournal<B>,
  { log, reader, askForWriter, onProgress }: FillOptions,
): Promise<void> {
  for (const [partition, { end }] of await log.offsetsOf(codec.topic)) {
    const at = { topic: codec.topic, partition };
    const stored = await fold.position(at);
    // Nothing would be read, and so nothing compared: the position is of a longer journal.
    if (stored.offset >= end) throw new LineageBroken(stored, `the journal ends at ${end}`);
    const acceptor = createJournalAcceptor<B>(stored);
    let events = 0;
    for await (const records of readPartition(reader, at, { first: acceptor.readFrom, end })) {
      const { values, unreadable } = await decodeRecords({ codec, askForWriter }, at, records);
      const from = acceptor.position;
      const accepted: AcceptedEvent<B>[] = [];
      for (const [i, event] of values.entries()) {
        const offset = records[i]?.offset ?? 0n;
        const next = acceptor.take(offset, null, event);
        if (next !== null) accepted.push(next);
      }
      const to = acceptor.position;
      const { seq } = await fold.apply(at, { at, from, to, events: accepted, watermarkMs: null });
      if (seq !== to.seq) throw new Error(`somebody else fills ${at.topic}/${partition} too`);
      if (unreadable) throw unreadable;
      events += accepted.length;
      onProgress?.(at, events);
    }
    fold.onLost?.(at);
  }
}
