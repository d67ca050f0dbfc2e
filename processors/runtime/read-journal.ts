import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { LogReader, LogRecord } from '../../infra/clients/log.ts';
import { Dropped, FatalFault } from './faults.ts';
import { type Clock, pause } from '../../infra/clients/clock.ts';
import type { LearnWriter } from './ports.ts';
import { type ReadRange, readRange } from './read-range.ts';

export interface JournalReading {
  readonly reader: LogReader;
  readonly codec: TopicCodec<EventEnvelope<Body>>;
  readonly learnWriter: LearnWriter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told why reading waits, each time it asked in vain. */
  readonly onWaiting: (why: string) => void;
}

const askAgainMs = 1_000;

/**
 * Hands the events of a range of a journal to `onEvent`. A reader never skips in the books: an unreadable
 * record is a FatalFault `journal-unreadable`, a writer schema not known yet is asked for until it is.
 */
export function readJournal(
  reading: JournalReading,
  range: ReadRange,
  onEvent: (record: LogRecord, event: EventEnvelope<Body>) => void,
): Promise<void> {
  const { reader, codec, signal } = reading;
  const take = (record: LogRecord): void | Promise<void> => {
    const decoded = codec.decode(record.value);
    if (decoded.is === 'value') return onEvent(record, decoded.value);
    if (decoded.is === 'unknown-schema') return learn(reading, decoded.schemaId).then(() => take(record));
    throw new FatalFault(
      'journal-unreadable',
      `${codec.topic}/${range.at.partition} offset ${record.offset}: ${decoded.reason}, ${decoded.detail}`,
    );
  };
  return readRange(reader, range, take, signal);
}

async function learn(
  { codec, learnWriter, clock, signal, onWaiting }: JournalReading,
  id: number,
): Promise<void> {
  while (!signal.aborted) {
    const answer = await learnWriter(codec.topic, id);
    if (answer.is === 'learned') return;
    if (answer.is === 'poison') {
      throw new FatalFault(
        'journal-unreadable',
        `${codec.topic} holds records of schema ${id}: ${answer.reason}`,
      );
    }
    onWaiting(answer.why);
    await pause(clock, askAgainMs, signal);
  }
  // whoever goes on without the schema asks again at once, for ever
  throw new Dropped();
}
