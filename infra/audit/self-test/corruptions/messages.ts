import type { InboxRecord } from '../../recording.ts';
import type { MemoryRun } from '../memory-recording.ts';
import { alter, alterCommand, change, find, inboxOf, type Corruption } from './change-run.ts';

const isMessage = (type: string) => (record: InboxRecord) =>
  record.mark !== null && record.command?.body.type === type;

/** Takes a message and its copies away, as if it had never been sent; what it caused is laid to the record before. */
function lose(run: MemoryRun, fits: (record: InboxRecord) => boolean): void {
  const { records, record } = inboxOf(run, fits);
  const task = [...run.inboxes].find(([, list]) => list === records)?.[0] ?? '';
  const name = JSON.stringify(record.mark);
  const kept = records.filter(({ mark }) => JSON.stringify(mark) !== name);
  const nowAt = (offset: number): number => kept.findLastIndex((other) => other.offset <= offset);
  const journal = run.journals.get(task) ?? [];
  for (const [i, one] of journal.entries()) {
    if (!one.event) continue;
    const cause = { ...one.event.cause, offset: Math.max(0, nowAt(one.event.cause.offset)) };
    journal[i] = { ...one, event: { ...one.event, cause } };
  }
  records.splice(0, records.length, ...kept.map((other, offset) => ({ ...other, offset })));
}

/** What I-13 must see: messages lost, altered, made up, taken twice. */
export const messageCorruptions: readonly Corruption[] = [
  {
    name: 'a reaction that never arrived',
    rule: 'I-13',
    says: /follows another message|never came|was to come/,
    plant: (run) => lose(run, isMessage('CommitHold')),
  },
  {
    name: 'a reply that never arrived',
    rule: 'I-13',
    says: /follows another message|never came|was to come/,
    plant: (run) => lose(run, isMessage('HoldReleased')),
  },
  {
    name: 'a message that says something else than its event',
    rule: 'I-13',
    says: /says something else/,
    plant: (run) => alterCommand(run, isMessage('PlaceHold'), () => ({ quantity: 99 })),
  },
  {
    name: 'a message of another store than its event',
    rule: 'I-13',
    says: /says something else/,
    plant: (run) =>
      alter(run, isMessage('CommitHold'), (record) => ({
        ...record,
        command: record.command && { ...record.command, store: 'other' },
      })),
  },
  {
    name: 'a message that follows another than the last one',
    rule: 'I-13',
    says: /follows another message/,
    plant: (run) =>
      alter(
        run,
        (record) => record.mark !== null && record.mark !== 'bad' && record.mark.prev !== null,
        (record) => ({
          ...record,
          mark: record.mark !== null && record.mark !== 'bad' ? { ...record.mark, prev: null } : null,
        }),
      ),
  },
  {
    name: 'a message that no event yields',
    rule: 'I-13',
    says: /came/,
    plant: (run) => change(run, 'orders', 'CommitStarted', ({ holds }) => ({ holds: holds.slice(1) })),
  },
  {
    name: 'a repeated message that took effect again',
    rule: 'I-13',
    says: /a second time/,
    plant: (run) => {
      for (const [task, records] of run.inboxes) {
        const journal = run.journals.get(task) ?? [];
        for (const copy of copiesOf(records)) {
          // The event after the copy is laid to it.
          const i = journal.findIndex(({ event }) => event?.cause.offset === copy + 1);
          const record = journal[i];
          if (!record?.event) continue;
          const cause = { ...record.event.cause, offset: copy };
          journal[i] = { ...record, event: { ...record.event, cause } };
          return;
        }
      }
      throw new RangeError('the clean run repeats messages');
    },
  },
  {
    name: 'an event of an unknown version of the reactions',
    rule: 'I-13',
    plant: (run) => {
      const { records, i, record, event } = find(run, 'orders', 'OrderPlaced');
      records[i] = { ...record, event: { ...event, version: 7 } };
    },
  },
  {
    name: 'a message that is parked for good',
    rule: 'I-13',
    says: /parked at rest/,
    plant: (run) => {
      const { records, i, record, event } = find(run, 'orders', 'CommitRecorded');
      const body = {
        type: 'CommandParked',
        key: record.key ?? '',
        command: 'HoldCommitted',
        value: new Uint8Array([0]),
        reason: 'behind',
      } as const;
      records[i] = { ...record, event: { ...event, body } };
    },
  },
];

/** Offsets of messages that came before. */
function copiesOf(records: readonly InboxRecord[]): readonly number[] {
  const seen = new Set<string>();
  return records.flatMap(({ mark, offset }) => {
    if (mark === null || mark === 'bad') return [];
    const name = `${mark.source} ${mark.pair.seq}.${mark.pair.index}`;
    if (seen.has(name)) return [offset];
    seen.add(name);
    return [];
  });
}
