import { comparePairs, type MessagePair } from '../../../schemas/source-mark.ts';
import type { AnyCommand, InboxRecord } from '../recording.ts';
import { createFindings, type Fact, type InboxStep, type JournalStep, type Rule, whereOf } from '../rule.ts';

/** Second copies come soon after the first: so many events back their bytes are compared. */
const copyWindow = 4_096;

/** What is remembered of one partition while it is read. */
interface Partition {
  lastJournalOffset: number | null;
  lastInboxOffset: number | null;
  lastCause: number;
  /** Tokens that were in force, with the seq at which they came. */
  readonly writers: Set<string>;
  /** CRC of the latest valid records by seq, `copyWindow` of them. */
  readonly crcs: Map<number, { readonly crc: number; readonly writer: string }>;
  /** Highest pair of each source. */
  readonly marks: Map<string, MessagePair>;
  /** Fingerprint by aggregate and command id, of commands from outside. */
  readonly commands: Map<string, string | null>;
  /** Operations with a determinate answer, by a reply or by what a look-up showed. */
  readonly answered: Set<string>;
  /** News of providers that came before, by key. */
  readonly hints: Set<string>;
  /** Inbox offsets of parked commands by key, oldest first; no entry without any. */
  readonly parked: Map<string, number[]>;
}

const emptyPartition = (): Partition => ({
  lastJournalOffset: null,
  lastInboxOffset: null,
  lastCause: -1,
  writers: new Set(),
  crcs: new Map(),
  marks: new Map(),
  commands: new Map(),
  answered: new Set(),
  hints: new Set(),
  parked: new Map(),
});

/**
 * I-03: seq is dense and written by one owner at a time, causes never fall and name what stands in the inbox, and
 * every inbox offset up to the last cause is a cause or a known repeat. A void record is a zombie's or a second
 * copy with the very same bytes, never a gap, a token that was never in force, or another decision. Nothing of a key
 * is decided while a command of it is parked. A record is quarantined once, and nothing else is decided of it.
 */
export function createI03(): Rule {
  const findings = createFindings('I-03');
  let state = emptyPartition();

  function checkVoid({ processor, partition, record, event, writer, seq }: JournalStep): void {
    const where = (): string => `${processor}/${partition} offset ${record.offset}`;
    if (event.body.type === 'Barrier') return;
    findings.check(
      state.writers.has(event.writer),
      () => `${where()}: ${event.writer} writes and was never in force`,
    );
    if (event.writer === writer && event.seq > seq + 1) {
      findings.violate(`${where()}: the owner writes seq ${event.seq} after ${seq}`);
    }
    const first = state.crcs.get(event.seq);
    if (first?.writer === event.writer) {
      findings.check(
        first.crc === record.crc,
        () => `${where()}: seq ${event.seq} was written twice by one owner, with different bytes`,
      );
    }
  }

  function noteValid({ record, event }: JournalStep): void {
    if (event.body.type === 'Barrier') {
      state.writers.add(event.body.writer);
      return;
    }
    state.crcs.set(event.seq, { crc: record.crc, writer: event.writer });
    state.crcs.delete(event.seq - copyWindow);
  }

  function checkCause(fact: Fact): void {
    const { event, key, cause } = fact;
    const { offset, source, seq, index } = event.cause;
    const where = (): string => whereOf(fact);
    findings.check(
      offset >= state.lastCause,
      () => `${where()}: its cause ${offset} is before ${state.lastCause}, the cause of the event before`,
    );
    const isDecided = offset <= state.lastCause;
    state.lastCause = Math.max(state.lastCause, offset);
    findings.check(
      event.routedThrough < event.seq,
      () => `${where()}: it says messages are acknowledged through seq ${event.routedThrough}`,
    );
    if (cause === 'trimmed') return;
    findings.check(
      cause !== 'absent',
      () => `${where()}: the inbox has no record at its cause, offset ${offset}`,
    );
    if (cause === 'absent') return;
    const { mark } = cause;
    const isMark =
      mark === null || mark === 'bad'
        ? source === null
        : mark.source === source && mark.pair.seq === seq && mark.pair.index === index;
    findings.check(
      isMark,
      () =>
        `${where()}: it names ${source} ${seq}.${index} as its source, not what inbox offset ${offset} has`,
    );
    const isQuarantined = event.body.type === 'CommandQuarantined';
    if (isQuarantined) {
      const { body } = event;
      findings.check(
        'offset' in body && body.offset === offset,
        () => `${where()}: it quarantines another offset than its cause ${offset}`,
      );
      findings.check(
        !isDecided,
        () => `${where()}: it quarantines offset ${offset}, which was decided before`,
      );
    } else {
      const isTick = cause.command?.body.type === 'Tick';
      findings.check(
        isTick || key === cause.key,
        () => `${where()}: the event is of ${key}, its cause at inbox offset ${offset} of ${cause.key}`,
      );
    }
  }

  function checkUncaused({ processor, partition, record }: InboxStep): void {
    findings.check(isKnownRepeat(record, state), () => {
      const what = record.command?.body.type ?? 'an unreadable record';
      return `${processor}/${partition} inbox offset ${record.offset} (${what}, key ${record.key}) is no event's cause and no known repeat`;
    });
  }

  /** A parked command holds up its successors, and comes back in its turn, by a Redrive alone. */
  function checkParking(fact: Fact): void {
    const { event, key, cause } = fact;
    const { body } = event;
    if (body.type === 'CommandParked') {
      const waiting = state.parked.get(body.key);
      if (waiting) waiting.push(event.cause.offset);
      else state.parked.set(body.key, [event.cause.offset]);
      return;
    }
    const waiting = key === null ? undefined : state.parked.get(key);
    if (body.type === 'CommandRedriven') {
      findings.check(
        waiting?.shift() === body.offset,
        () =>
          `${whereOf(fact)}: inbox offset ${body.offset} is redriven, it is not the oldest parked one of ${key}`,
      );
      if (waiting?.length === 0) state.parked.delete(body.key);
      return;
    }
    if (!waiting || typeof cause === 'string') return;
    findings.check(
      cause.command?.body.type === 'Redrive',
      () => `${whereOf(fact)}: ${body.type} of ${key}, whose command at inbox offset ${waiting[0]} is parked`,
    );
  }

  return {
    id: 'I-03',
    onJournal(step) {
      const { processor, partition, record } = step;
      const expected = (state.lastJournalOffset ?? record.offset - 1) + 1;
      findings.check(
        record.offset === expected,
        () => `${processor}/${partition}: journal offset ${expected} is missing`,
      );
      state.lastJournalOffset = record.offset;
      findings.check(
        step.isAgreed,
        () =>
          `${processor}/${partition} offset ${record.offset}: the two versions of the validity rule disagree`,
      );
      if (step.isValid) noteValid(step);
      else checkVoid(step);
    },
    onFact(fact) {
      const { body } = fact.event;
      if ('attempt' in body && answers.has(body.type)) state.answered.add(answerOf(body));
      checkCause(fact);
      checkParking(fact);
    },
    onInbox(step) {
      const { processor, partition, record, is } = step;
      const expected = (state.lastInboxOffset ?? record.offset - 1) + 1;
      findings.check(
        record.offset === expected,
        () => `${processor}/${partition}: inbox offset ${expected} is missing`,
      );
      state.lastInboxOffset = record.offset;
      if (is === 'uncaused') checkUncaused(step);
      remember(record, state);
    },
    onPartitionEnd() {
      state = emptyPartition();
    },
    end: () => findings.report(),
  };
}

/** Whether the inbox alone shows that the record was decided before. */
function isKnownRepeat(
  { mark, key, command }: InboxRecord,
  { marks, commands, answered, hints }: Partition,
): boolean {
  if (mark !== null && mark !== 'bad') {
    const known = marks.get(mark.source);
    return known !== undefined && comparePairs(mark.pair, known) <= 0;
  }
  if (!command) return false;
  if (command.body.type === 'ReportOutcome') return answered.has(answerOf(command.body));
  const hint = hintOf(command.body);
  if (hint !== null) return hints.has(`${key} ${hint}`);
  const id = outsideId(key, command);
  return id !== null && commands.has(id) && commands.get(id) === command.fingerprint;
}

function remember(
  { mark, key, command }: InboxRecord,
  { marks, commands, answered, hints }: Partition,
): void {
  if (mark !== null && mark !== 'bad') {
    const known = marks.get(mark.source);
    if (!known || comparePairs(mark.pair, known) > 0) marks.set(mark.source, mark.pair);
  }
  if (!command) return;
  const { body } = command;
  if (body.type === 'ReportOutcome' && (body.is === 'ok' || body.is === 'no')) answered.add(answerOf(body));
  const hint = hintOf(body);
  if (hint !== null) hints.add(`${key} ${hint}`);
  const id = outsideId(key, command);
  if (id !== null && !commands.has(id)) commands.set(id, command.fingerprint);
}

/** The provider's own id of its news; null for what is none. */
function hintOf(body: AnyCommand['body']): string | null {
  if (body.type === 'ProviderHint') return body.eventId;
  return body.type === 'SettlementLine' ? body.lineId : null;
}

/** Events that answer an operation. */
const answers = new Set<string>([
  'PaymentAuthorized',
  'PaymentDeclined',
  'PaymentCaptured',
  'PaymentCaptureFailed',
  'PaymentVoided',
  'PaymentLapsed',
  'RefundRecorded',
]);

const answerOf = ({ opId, attempt }: { readonly opId: string; readonly attempt: number }): string =>
  `${opId}/${attempt}`;

const outsideId = (key: string | null, { commandId }: AnyCommand): string | null =>
  commandId === null ? null : `${key} ${commandId}`;
