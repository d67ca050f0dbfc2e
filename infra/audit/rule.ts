import type { ClientStep } from '../../schemas/client-journal.ts';
import type { ProcessorName } from '../../schemas/topic-catalogue.ts';
import type {
  AnyEvent,
  ClickHouseFacts,
  InboxRecord,
  JournalRecord,
  ProviderOperation,
  RedisEntry,
} from './recording.ts';

export const ruleIds = [
  'I-01',
  'I-02',
  'I-03',
  'I-05',
  'I-06',
  'I-07',
  'I-08',
  'I-10',
  'I-14',
  'I-16',
] as const;
export type RuleId = (typeof ruleIds)[number];

/** What a rule found. `checked` 0 means it had nothing to look at, which is no pass. */
export interface RuleReport {
  readonly id: RuleId;
  readonly checked: number;
  readonly violations: number;
  /** The first violation, with its coordinates. */
  readonly first?: string;
}

/** A processor's partition. */
export interface Place {
  readonly processor: ProcessorName;
  readonly partition: number;
}

/** A journal record, valid or void, Barriers too. */
export interface JournalStep extends Place {
  readonly record: JournalRecord;
  readonly event: AnyEvent;
  readonly isValid: boolean;
  /** Whether both versions of the validity rule agree. */
  readonly isAgreed: boolean;
  /** seq of the last valid event, this one included. */
  readonly seq: number;
  /** Writer in force after this record. */
  readonly writer: string | null;
}

/** A valid event that is no Barrier, with the inbox record it names as its cause. */
export interface Fact<E = AnyEvent> extends Place {
  readonly event: E;
  readonly key: string | null;
  /** Offset in the journal. */
  readonly offset: number;
  /** `trimmed`: older than the inbox keeps; `absent`: the inbox has no such record, or it was passed already. */
  readonly cause: InboxRecord | 'trimmed' | 'absent';
}

/** An inbox record, in offset order, before the events it caused. */
export interface InboxStep extends Place {
  readonly record: InboxRecord;
  /** `later`: beyond the last cause, so not decided yet. */
  readonly is: 'caused' | 'uncaused' | 'later';
}

export interface AuditEnd {
  readonly partitions: number;
  readonly atRest: boolean;
  readonly clickHouse: ClickHouseFacts;
  readonly ledger: readonly ProviderOperation[] | null;
}

/**
 * One invariant of reliability §2, fed with everything once: the client steps; for each partition its view's position,
 * journal and inbox records merged, the rest of the view; then the end.
 */
export interface Rule {
  readonly id: RuleId;
  /** Before everything: how far ClickHouse says it is complete. */
  begin?(audit: Pick<AuditEnd, 'atRest' | 'clickHouse'>): void;
  onJournal?(step: JournalStep): void;
  onFact?(fact: Fact): void;
  onInbox?(step: InboxStep): void;
  onRedis?(place: Place, entry: RedisEntry): void;
  onPartitionEnd?(place: Place): void;
  onClient?(step: ClientStep): void;
  end(audit: AuditEnd): RuleReport;
}

/** Counts what a rule looked at and what was wrong, and keeps the first. */
export interface Findings {
  check(holds: boolean, message: () => string): void;
  /** A violation of something that was not counted as checked. */
  violate(message: string): void;
  report(): RuleReport;
}

export function createFindings(id: RuleId): Findings {
  let checked = 0;
  let violations = 0;
  let first: string | undefined;
  const violate = (message: string): void => {
    violations += 1;
    first ??= message;
  };
  return {
    check(holds, message) {
      checked += 1;
      if (!holds) violate(message());
    },
    violate,
    report: () => ({ id, checked, violations, ...(first === undefined ? {} : { first }) }),
  };
}

/** `orders/3 seq 17 (offset 20)`: where a person finds an event. */
export const whereOf = ({ processor, partition, event, offset }: Fact): string =>
  `${processor}/${partition} seq ${event.seq} (offset ${offset})`;
