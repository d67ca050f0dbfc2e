import type { LogRecord, OffsetRange } from '../../infra/clients/log.ts';
import { FatalFault } from './faults.ts';
import { readSource } from './inbox-record.ts';
import type { LastEvent } from './journal-fold.ts';
import { digestOf } from './quarantine.ts';

/**
 * Whether the inbox still holds what comes after the highest cause, and reaches that far at all (P5).
 * `known` is the end this process has seen before. Throws FatalFault `inbox-short`.
 */
export function checkInboxRange(range: OffsetRange, highestCause: number, known: bigint): void {
  const next = BigInt(highestCause) + 1n;
  if (range.end < next || range.end < known) {
    const seen = known > next ? known : next;
    throw new FatalFault(
      'inbox-short',
      `it ends at ${range.end}, and held ${seen} records before: data is gone`,
    );
  }
  if (range.first > next) {
    throw new FatalFault(
      'inbox-short',
      `offsets ${next} to ${range.first - 1n} were dropped before they were decided`,
    );
  }
}

/**
 * Compares the record at the highest cause with the event that names it: after a lost tail other commands
 * would stand on the old offsets and be skipped. Throws FatalFault `inbox-lineage`.
 */
export function checkLastCause(
  record: LogRecord,
  { event, key }: LastEvent,
  tickKey: string,
  partitions: number,
): void {
  const { cause, body } = event;
  const fault = (what: string): FatalFault =>
    new FatalFault(
      'inbox-lineage',
      `offset ${record.offset} is not the record of event ${event.seq}: ${what}`,
    );
  if (record.offset !== BigInt(cause.offset)) throw fault(`that one stands at offset ${cause.offset}`);
  const mark = readSource(record, partitions);
  const named = cause.source === null ? null : `${cause.source} ${cause.seq}.${cause.index}`;
  const found =
    mark && typeof mark !== 'string' ? `${mark.source} ${mark.pair.seq}.${mark.pair.index}` : null;
  if (named !== found) throw fault(`source ${found}, the event names ${named}`);
  if (body.type === 'CommandQuarantined') {
    const { sha256 } = body as Body & { sha256: string };
    if (digestOf(record.value) !== sha256) throw fault('other bytes than were quarantined');
    return;
  }
  const expected = body.type === 'TimePassed' ? tickKey : key;
  if (record.key?.toString() !== expected) throw fault(`another key`);
}

type Body = LastEvent['event']['body'];
