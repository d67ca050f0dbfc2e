import { createHash } from 'node:crypto';
import type { LogRecord, OutgoingRecord } from '../../infra/clients/log.ts';
import type { QuarantineReason } from './inbox-record.ts';

/** Leaves room for key and headers under the flusher's limit of one send. */
const partBytesMax = 800_000;

/** Hex SHA-256 of the value; of nothing for a tombstone. */
export function digestOf(value: Buffer | null): string {
  return createHash('sha256')
    .update(value ?? Buffer.alloc(0))
    .digest('hex');
}

/**
 * The bytes of an unreadable record, for `<processor>.quarantine.v1`.
 *
 * They are acknowledged there BEFORE the slice with the `CommandQuarantined` is appended: a kill in between
 * leaves a second copy under the same coordinate, harmless; the other way round it would leave an event whose
 * bytes are nowhere, because a take-over never reads a decided record again.
 *
 * Key = the record's inbox coordinate `<topic>/<partition>:<offset>`, value = its
 * bytes. Usually one; a value too large to stand beside our key is cut in parts, header `part` = `1/2`.
 */
export function quarantineRecords(
  inbox: { readonly topic: string; readonly partition: number },
  record: LogRecord,
  reason: QuarantineReason,
): OutgoingRecord[] {
  const key = `${inbox.topic}/${inbox.partition}:${record.offset}`;
  const value = record.value ?? Buffer.alloc(0);
  const parts = Math.max(1, Math.ceil(value.length / partBytesMax));
  return Array.from({ length: parts }, (_, i) => ({
    key,
    value: value.subarray(i * partBytesMax, (i + 1) * partBytesMax),
    headers: parts === 1 ? { reason } : { reason, part: `${i + 1}/${parts}` },
  }));
}
