import type { LogRecord } from '../../clients/log.ts';
import { currentSchema, type HeldSchema, variantSchema } from './case-schemas.ts';
import { encodeUnder, spoil } from './encode-value.ts';
import type { CaseRecord, StoredPosition } from './topic-case.ts';

/** The records of a journal case in order, from the offset its reader starts at. */
export function buildJournal(records: readonly CaseRecord[], start: StoredPosition | undefined): LogRecord[] {
  const barriers = new Map<number, string | null>();
  let follows: string | null = null;
  let seq = start?.seq ?? 0;
  records.forEach((record, i) => {
    if (record.type === 'Event' && record.seq === seq + 1) seq += 1;
    if (record.type !== 'Barrier') return;
    const named = record.follows === undefined ? follows : record.follows;
    barriers.set(i, named);
    // one that follows another than the last valid one is void, and nobody follows it by default
    if (named === follows) follows = record.writer ?? null;
  });
  const firstOffset = start?.offset ?? 0;
  let lastSeq = start?.seq ?? 0;
  return records.map((record, i) => {
    if (record.type === 'Event') lastSeq = Math.max(lastSeq, record.seq ?? 0);
    const value = valueOf(record, { follows: barriers.get(i) ?? null, seq: lastSeq, cause: i });
    return { offset: BigInt(firstOffset + i), timestampMs: 0, key: null, value, headers: [] };
  });
}

interface Place {
  readonly follows: string | null;
  /** Highest number so far. */
  readonly seq: number;
  readonly cause: number;
}

function valueOf(record: CaseRecord, place: Place): Buffer | null {
  if (record.value === null) return null;
  if (record.valueText !== undefined) return Buffer.from(record.valueText);
  if (record.valueBase64 !== undefined) return Buffer.from(record.valueBase64, 'base64');
  const { topic = '', schema = 'current' } = record;
  const held = schema === 'current' ? currentSchema(topic) : variantSchema(topic, schema);
  return spoil(encodeEvent(record, place, held), record.then ?? []);
}

function encodeEvent(record: CaseRecord, place: Place, schema: HeldSchema): Buffer {
  const { type, writer = '', seq = place.seq, causeOffset = place.cause, eventType = 'TimePassed' } = record;
  const body = type === 'Barrier' ? { type, writer, follows: place.follows } : bodyOf(eventType, causeOffset);
  const cause = { offset: causeOffset, source: null, seq: null, index: null };
  const envelope = { seq, writer, cause, atMs: causeOffset, routedThrough: 0, version: 1, body };
  const id = typeof record.schemaId === 'number' ? record.schemaId : schema.id;
  return encodeUnder(schema, id, envelope);
}

/** Readers of a journal judge the envelope: any body does, but one a new schema brings has no fields here. */
const bodyOf = (type: string, atMs: number): { readonly type: string } & Record<string, unknown> =>
  type === 'TimePassed' ? { type, atMs } : { type };
