import type {
  Group,
  GroupMember,
  Log,
  LogReader,
  LogRecord,
  OffsetRange,
  TopicPartition,
} from '../../clients/log.ts';

/** One journal partition in memory, dense from its first record on, behind the ports its readers ask for. */
export interface MemoryJournal {
  readonly at: TopicPartition;
  readonly range: OffsetRange;
  readonly log: Pick<Log, 'offsetsOf'>;
  readonly reader: LogReader;
  /** A group with one member, which gets the partition. */
  createGroup(member: GroupMember): Group;
}

export function createMemoryJournal(at: TopicPartition, records: readonly LogRecord[]): MemoryJournal {
  const first = records[0]?.offset ?? 0n;
  const range = { first, end: first + BigInt(records.length) };
  const from = (offset: bigint): readonly LogRecord[] => records.filter((record) => record.offset >= offset);
  return {
    at,
    range,
    log: { offsetsOf: async () => new Map([[at.partition, range]]) },
    reader: {
      read(_, offset, sink) {
        queueMicrotask(() => void sink.onRecords(from(offset)));
        return { stop: () => undefined };
      },
      close: async () => undefined,
    },
    createGroup: (member) => ({
      start: async () => member.onAssigned([at]),
      resumeAt: (_, offset) => queueMicrotask(() => member.onRecords(at, from(offset))),
      pause: () => undefined,
      resume: () => undefined,
      rejoin: () => undefined,
      commit: () => undefined,
      committed: async () => null,
      stop: async () => undefined,
    }),
  };
}
