import type { ClientStep } from '../../schemas/client-journal.ts';
import type { ProcessorName } from '../../schemas/topic-catalogue.ts';
import type { Given } from './given.ts';
import type {
  AnyEvent,
  ClickHouseFacts,
  InboxRecord,
  JournalRecord,
  PrivilegedFacts,
  ProviderOperation,
  ProviderPayment,
  RedisEntry,
} from './recording.ts';
import type { RuleId } from './rule-catalogue.ts';

/** What became of a rule. `not-checked`: it had nothing to look at; `void`: the run did not reach what it names. */
export type RuleVerdict = 'holds' | 'violated' | 'void' | 'not-checked';

/** What a rule found. */
export interface RuleReport {
  readonly id: RuleId;
  readonly verdict: RuleVerdict;
  /** How many things were looked at; 0 with `not-checked`. */
  readonly checked: number;
  readonly violations: number;
  /** The first violation, with its coordinates; what was not reached, if void; why nothing was checked. */
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
  /** The command it decides: the cause, or the parked command that its cause, a Redrive, brought back. */
  readonly decided: Fact['cause'];
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
  readonly restAtMs: number | null;
  readonly clickHouse: ClickHouseFacts | null;
  readonly ledger: readonly ProviderOperation[] | null;
  readonly payments: readonly ProviderPayment[] | null;
  readonly privileged: PrivilegedFacts | null;
  readonly given: Given;
  /** Of the rules before this one. */
  readonly reports: readonly RuleReport[];
}

export interface AuditStart extends Pick<AuditEnd, 'partitions' | 'atRest' | 'clickHouse' | 'given'> {
  readonly hasRedis: boolean;
  /** As in `Recording`. */
  readonly journalEndsAtRest?: ReadonlyMap<string, number> | undefined;
}

/** A partition that was read to its end. */
export interface PartitionEnd extends Place {
  /** When its journal's end was asked for, epoch ms; null: at rest. */
  readonly askedAtMs: number | null;
}

/**
 * One invariant of reliability §2, fed with everything once: the client steps; for each partition its view's position,
 * journal and inbox records merged, the rest of the view; then the end. Orders come before stock, stock before the
 * catalogue.
 */
export interface Rule {
  readonly id: RuleId;
  /** Before everything: how far ClickHouse says it is complete, and what the audit was given. */
  begin?(audit: AuditStart): void;
  onJournal?(step: JournalStep): void;
  onFact?(fact: Fact): void;
  onInbox?(step: InboxStep): void;
  onRedis?(place: Place, entry: RedisEntry): void;
  onPartitionEnd?(end: PartitionEnd): void;
  onClient?(step: ClientStep): void;
  onText?(text: { readonly where: string; readonly text: string; readonly isText: boolean }): void;
  end(audit: AuditEnd): RuleReport;
}

/** Counts what a rule looked at and what was wrong, and keeps the first. */
export interface Findings {
  check(holds: boolean, message: () => string): void;
  /** A violation of something that was not counted as checked. */
  violate(message: string): void;
  /** `nothing` says why nothing was checked, if so. */
  report(nothing?: string): RuleReport;
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
    report(nothing = 'nothing in this recording is of its kind') {
      if (violations > 0) return { id, verdict: 'violated', checked, violations, first: first ?? '' };
      if (checked === 0) return { id, verdict: 'not-checked', checked, violations, first: nothing };
      return { id, verdict: 'holds', checked, violations };
    },
  };
}

/** `orders/3 seq 17 (offset 20)`: where a person finds an event. */
export const whereOf = ({ processor, partition, event, offset }: Fact): string =>
  `${processor}/${partition} seq ${event.seq} (offset ${offset})`;
