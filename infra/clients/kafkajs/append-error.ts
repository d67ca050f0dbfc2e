import type { AppendOutcome } from '../log.ts';

/**
 * Refusals by the broker that say the bytes are not in the log and never will be (kafka.md §7).
 * Everything else is unknown: a timed-out request lives on at the broker and may be appended later.
 */
const refusals: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'INVALID_TOPIC_EXCEPTION',
  'POLICY_VIOLATION',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);

export const unknownTopic = 'UNKNOWN_TOPIC_OR_PARTITION';

/** The protocol's name of an error, also where exhausted retries hide it in a cause; null if it has none. */
export function protocolTypeOf(error: unknown): string | null {
  for (let at = error; typeof at === 'object' && at !== null; at = 'cause' in at ? at.cause : null) {
    if ('type' in at && typeof at.type === 'string') return at.type;
  }
  return null;
}

/** True if the broker said no for good, to at least one of the partitions in the send. */
export const isRefusal = (error: unknown): boolean => refusals.has(protocolTypeOf(error) ?? '');

export const unknown = (error: Error): AppendOutcome => ({ is: 'unknown', error });
export const refused = (error: Error): AppendOutcome => ({ is: 'refused', error });

export const toError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));
