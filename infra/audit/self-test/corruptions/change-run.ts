import type { AnyEvent, InboxRecord, JournalRecord, RedisEntry } from '../../recording.ts';
import type { RuleId } from '../../rule-catalogue.ts';
import type { MemoryRun } from '../memory-recording.ts';

type EventType = AnyEvent['body']['type'];
type BodyOf<T extends EventType> = Extract<AnyEvent['body'], { type: T }>;

/** One thing wrong with a clean run, and the rule that must see it. */
export interface Corruption {
  readonly name: string;
  readonly rule: RuleId;
  /** The run it is planted in; the day with every oddity unless named. */
  readonly of?: 'faultless' | 'life';
  readonly plant: (run: MemoryRun) => void;
  /** What the rule's first words must be about, where it could be right for another reason. */
  readonly says?: RegExp;
}

/** One that is planted in the run of whole lives. */
export const life = (corruption: Omit<Corruption, 'of'>): Corruption => ({ ...corruption, of: 'life' });

const journalsOf = (run: MemoryRun, processor: string): JournalRecord[][] =>
  [...run.journals].filter(([task]) => task.startsWith(processor)).map(([, records]) => records);

/** The place of the nth valid record of a type; zombies write under other tokens, so the last writers count. */
export function find<T extends EventType>(
  run: MemoryRun,
  processor: string,
  type: T,
  n = 0,
  fits: (body: BodyOf<T>) => boolean = () => true,
) {
  let left = n;
  for (const records of journalsOf(run, processor)) {
    for (const [i, record] of records.entries()) {
      const { event } = record;
      if (event?.body.type !== type || !fits(event.body as BodyOf<T>)) continue;
      if (left === 0) return { records, i, record, event, body: event.body as BodyOf<T> };
      left -= 1;
    }
  }
  throw new RangeError(`the clean run has no ${type} number ${n} of ${processor}`);
}

/** Changes the body of an event in place of the old one; the copies of it stay as they are. */
export function change<T extends EventType>(
  run: MemoryRun,
  processor: string,
  type: T,
  by: (body: BodyOf<T>) => Partial<BodyOf<T>>,
  n = 0,
  fits?: (body: BodyOf<T>) => boolean,
): void {
  const { records, i, record, event, body } = find(run, processor, type, n, fits);
  records[i] = { ...record, event: { ...event, body: { ...body, ...by(body) } } as AnyEvent };
}

/** Puts records in another order or number and gives offsets and seqs of one writer anew, so that nothing else shows. */
export function renumber(records: JournalRecord[]): void {
  let seq = 0;
  for (const [offset, record] of records.entries()) {
    const { event } = record;
    if (!event) continue;
    if (event.body.type !== 'Barrier') seq += 1;
    records[offset] = { ...record, offset, event: { ...event, seq, routedThrough: Math.max(0, seq - 1) } };
  }
}

/** Leaves the valid records of each journal, under its first owner, so that a list can be renumbered. */
export function exorcise(run: MemoryRun): void {
  for (const records of run.journals.values()) {
    const first = records[0]?.event?.writer ?? '';
    let owner: string | null = null;
    let seq = 0;
    const kept = records.filter(({ event }) => {
      if (!event) return false;
      if (event.body.type === 'Barrier') {
        const isFirst = owner === null;
        if (event.body.follows === owner) owner = event.body.writer;
        return isFirst;
      }
      if (event.writer !== owner || event.seq !== seq + 1) return false;
      seq += 1;
      return true;
    });
    records.splice(
      0,
      records.length,
      ...kept.map((record) => ({
        ...record,
        event: record.event && { ...record.event, writer: first },
      })),
    );
    renumber(records);
  }
}

export function drop(run: MemoryRun, processor: string, type: EventType, n = 0): void {
  exorcise(run);
  const { records, i } = find(run, processor, type, n);
  records.splice(i, 1);
  renumber(records);
}

export function double(run: MemoryRun, processor: string, type: EventType, n = 0): void {
  exorcise(run);
  const { records, i, record } = find(run, processor, type, n);
  records.splice(i + 1, 0, record);
  renumber(records);
}

/** An event is told as a command without effect: it is gone, and nothing else is numbered anew. */
export function blank<T extends EventType>(
  run: MemoryRun,
  processor: string,
  type: T,
  n = 0,
  fits?: (body: BodyOf<T>) => boolean,
): void {
  const { records, i, record, event } = find(run, processor, type, n, fits);
  const key = record.key ?? '';
  const body = {
    type: 'CommandIgnored',
    command: 'Any',
    key,
    reason: 'gone',
    commandId: null,
    fingerprint: null,
  } as const;
  records[i] = { ...record, event: { ...event, body } };
}

/** An event and the one after it change places. */
export function swap(run: MemoryRun, processor: string, type: EventType, n = 0): void {
  exorcise(run);
  const { records, i } = find(run, processor, type, n);
  const [a, b] = [records[i], records[i + 1]];
  if (!a || !b) throw new RangeError(`nothing stands behind that ${type}`);
  records.splice(i, 2, b, a);
  renumber(records);
}

export function inboxOf(
  run: MemoryRun,
  fits: (record: InboxRecord) => boolean,
): { records: InboxRecord[]; i: number; record: InboxRecord } {
  for (const records of run.inboxes.values()) {
    const i = records.findIndex(fits);
    const record = records[i];
    if (record) return { records, i, record };
  }
  throw new RangeError('the clean run has no such inbox record');
}

export function entryOf(
  run: MemoryRun,
  fits: (entry: RedisEntry) => boolean,
): { entries: RedisEntry[]; i: number; entry: RedisEntry } {
  for (const entries of run.views.values()) {
    const i = entries.findIndex(fits);
    const entry = entries[i];
    if (entry) return { entries, i, entry };
  }
  throw new RangeError('the clean run has no such key');
}

export function changeText(run: MemoryRun, key: RegExp, by: (text: string) => string): void {
  const { entries, i, entry } = entryOf(run, (one) => key.test(one.key) && one.value.is === 'string');
  if (entry.value.is !== 'string') return;
  entries[i] = { key: entry.key, value: { is: 'string', text: by(entry.value.text) } };
}

export function changeDocument(
  run: MemoryRun,
  key: RegExp,
  by: (document: Record<string, unknown>) => Record<string, unknown>,
): void {
  changeText(run, key, (text) => {
    const document = JSON.parse(text) as Record<string, unknown>;
    return JSON.stringify({ ...document, ...by(document) });
  });
}

export function changePosition(run: MemoryRun, field: string, value: string): void {
  const { entries, i, entry } = entryOf(run, ({ key }) => key.endsWith('{o0}:position'));
  if (entry.value.is === 'hash')
    entries[i] = { key: entry.key, value: { is: 'hash', fields: { ...entry.value.fields, [field]: value } } };
}

export const last = <T>(items: readonly T[]): T => {
  const item = items.at(-1);
  if (item === undefined) throw new RangeError('an empty list');
  return item;
};

export const orderOf = (run: MemoryRun): string => find(run, 'orders', 'OrderPlaced').body.orderId;

/** Changes an inbox record in place. */
export function alter(
  run: MemoryRun,
  fits: (record: InboxRecord) => boolean,
  by: (record: InboxRecord) => InboxRecord,
): void {
  const { records, i, record } = inboxOf(run, fits);
  records[i] = by(record);
}

/** Changes what a command says. */
export function alterCommand(
  run: MemoryRun,
  fits: (record: InboxRecord) => boolean,
  by: (record: InboxRecord) => object,
): void {
  alter(run, fits, (record) => {
    const body = { ...record.command?.body, ...by(record) };
    return { ...record, command: { ...record.command, body } as InboxRecord['command'] };
  });
}
