import type { Body, CommandParked, CommandRedriven, EventEnvelope } from '../../schemas/envelope.ts';
import { journalOf, type ProcessorName } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { Log, LogReader } from '../clients/log.ts';
import { JournalCursor } from './journal-cursor.ts';

/** A command that waits for a person, as its journal says. */
export interface ParkedLetter {
  readonly processor: ProcessorName;
  readonly partition: number;
  /** Aggregate. */
  readonly key: string;
  /** Of the command in the inbox. */
  readonly offset: number;
  readonly command: string;
  readonly reason: string;
  /** When it was parked, epoch ms of the log's clock. */
  readonly sinceMs: number;
}

export interface JournalAccess {
  readonly log: Pick<Log, 'offsetsOf'>;
  readonly reader: LogReader;
  readonly codecOf: (processor: ProcessorName) => TopicCodec<EventEnvelope<Body>>;
}

/** The parked commands of a processor, by partition and in the order of their redrive. Reads its journals to their end. */
export async function listParked(
  access: JournalAccess,
  processor: ProcessorName,
): Promise<readonly ParkedLetter[]> {
  const topic = journalOf(processor);
  const ranges = await access.log.offsetsOf(topic);
  const letters: ParkedLetter[] = [];
  for (const [partition, range] of [...ranges].toSorted(([a], [b]) => a - b)) {
    const waiting = new Map<string, ParkedLetter[]>();
    const cursor = new JournalCursor(access.reader, access.codecOf(processor), partition, range.first);
    for await (const event of cursor.readTo(range.end)) {
      foldLetters(waiting, { processor, partition }, event);
    }
    for (const ofKey of waiting.values()) letters.push(...ofKey);
  }
  return letters;
}

/** Folds one event into what waits by aggregate: a redrive takes the oldest away. */
function foldLetters(
  waiting: Map<string, ParkedLetter[]>,
  at: Pick<ParkedLetter, 'processor' | 'partition'>,
  { atMs, cause, body }: EventEnvelope<Body>,
): void {
  if (body.type === 'CommandParked') {
    const { key, command, reason } = body as CommandParked;
    const letter = { ...at, key, offset: cause.offset, command, reason, sinceMs: atMs };
    waiting.set(key, [...(waiting.get(key) ?? []), letter]);
  }
  if (body.type !== 'CommandRedriven') return;
  const { key } = body as CommandRedriven;
  const left = (waiting.get(key) ?? []).slice(1);
  if (left.length === 0) waiting.delete(key);
  else waiting.set(key, left);
}
