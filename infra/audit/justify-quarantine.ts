import { partitionOf, tickKeyOf } from '../../schemas/murmur2.ts';
import { aggregateIdOf } from './aggregate-id.ts';
import type { InboxRecord } from './recording.ts';
import type { Place } from './rule.ts';
import { makesSense } from './sense.ts';
import type { Walks } from './walks.ts';

interface Surroundings extends Place {
  readonly partitions: number;
  readonly walks: Walks;
}

/** Reasons that say that the bytes themselves cannot be read. */
const unreadable = new Set([
  'unexpected-tombstone',
  'too-short',
  'bad-magic',
  'decode',
  'trailing-bytes',
  'range',
  'encoding',
  'unknown-schema',
  'wrong-subject',
]);

/** What speaks against quarantining this record for this reason; null if it is justified. */
export function whyQuarantined(record: InboxRecord, reason: string, at: Surroundings): string | null {
  return isTrue(record, reason, at)
    ? null
    : `the record at inbox offset ${record.offset} is quarantined as ${reason}, which is not true of it`;
}

function isTrue(record: InboxRecord, reason: string, at: Surroundings): boolean {
  const { key, mark, command } = record;
  if (unreadable.has(reason)) return command === null;
  if (reason === 'bad-headers' || reason === 'unknown-source') return mark === 'bad';
  if (reason === 'bad-key') return key === null || key === '' || Buffer.byteLength(key) > 128;
  if (command === null || key === null) return false;
  switch (reason) {
    case 'key-mismatch':
      return key !== wantedKey(command, at);
    case 'wrong-partition':
      return partitionOf(key, at.partitions) !== at.partition;
    case 'semantic':
      return !makesSense(command);
    case 'store-mismatch': {
      const known = at.walks.orders.get(key);
      return known !== undefined && known.store !== command.store;
    }
    default:
      return false;
  }
}

function wantedKey(
  command: NonNullable<InboxRecord['command']>,
  { processor, partition, partitions }: Surroundings,
): string | null {
  return command.body.type === 'Tick'
    ? tickKeyOf(partition, partitions)
    : aggregateIdOf(processor, command.store, command.body);
}
