import {
  acceptJournalRecord,
  type JournalPosition,
  journalStart,
} from '../../schemas/accept-journal-record.ts';
import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { LogReader } from '../clients/log.ts';
import { readPartition } from '../clients/read-partition.ts';

/** Reads a journal partition from its first record on, by the one rule; each call goes on where the last ended. */
export class JournalCursor {
  private readonly reader: LogReader;
  private readonly codec: TopicCodec<EventEnvelope<Body>>;
  private readonly partition: number;
  private next: bigint;
  private position: JournalPosition = journalStart;

  constructor(reader: LogReader, codec: TopicCodec<EventEnvelope<Body>>, partition: number, first: bigint) {
    this.reader = reader;
    this.codec = codec;
    this.partition = partition;
    this.next = first;
  }

  /** The events before `end` that count, Barriers aside. Throws on a record that cannot be read. */
  async *readTo(end: bigint): AsyncGenerator<EventEnvelope<Body>> {
    const { codec, partition } = this;
    const range = { first: this.next, end };
    for await (const records of readPartition(this.reader, { topic: codec.topic, partition }, range)) {
      for (const { offset, value } of records) {
        this.next = offset + 1n;
        const decoded = codec.decode(value);
        if (decoded.is !== 'value')
          throw new Error(`${codec.topic}/${partition} offset ${offset} is ${decoded.is}`);
        const position = acceptJournalRecord(this.position, offset, decoded.value);
        this.position = position ?? this.position;
        if (position !== null && decoded.value.body.type !== 'Barrier') yield decoded.value;
      }
    }
  }
}
