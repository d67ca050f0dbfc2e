import { paymentDefaults } from '../../../processors/payments/payment-schedule.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { createOrdersDomain } from '../../../processors/orders/orders-domain.ts';
import { FatalFault } from '../../../processors/runtime/faults.ts';
import { JournalFold } from '../../../processors/runtime/journal-fold.ts';
import { readJournal } from '../../../processors/runtime/read-journal.ts';
import { registryWriters } from '../../../processors/runtime/registry-writers.ts';
import { journalBeginning } from '../../../processors/runtime/starting-point.ts';
import { type JournalPosition, journalStart } from '../../../schemas/accept-journal-record.ts';
import type { Body, EventEnvelope } from '../../../schemas/envelope.ts';
import { tickKeyOf } from '../../../schemas/murmur2.ts';
import { type Reader, readerAtStart, readOn } from '../../audit/accept-record.ts';
import type { AnyCommand, AnyEvent } from '../../audit/recording.ts';
import { createI03 } from '../../audit/rules/i-03.ts';
import { nothingGiven } from '../../audit/given.ts';
import { runAudit } from '../../audit/run-audit.ts';
import { noTables, toRecording } from '../../audit/self-test/memory-recording.ts';
import { systemClock } from '../../clients/clock.ts';
import { createJournalConsumer } from '../../clients/journal-consumer.ts';
import type { LogRecord } from '../../clients/log.ts';
import { systemRandom } from '../../clients/random.ts';
import type { SchemaRegistry } from '../../clients/schema-registry.ts';
import { partitions } from './fixtures.ts';
import { buildJournal } from './journal-record.ts';
import { createMemoryJournal, type MemoryJournal } from './memory-journal.ts';
import { silentLogger } from './silent-logger.ts';
import {
  type CaseRecord,
  type Disposition,
  isHappening,
  type StoredPosition,
  stepsOf,
  type TopicCase,
} from './topic-case.ts';

type Envelope = EventEnvelope<Body>;

/** What one reader made of the journal: the indexes it took, in order, and what stopped it. */
interface Reading {
  readonly valid: readonly number[];
  readonly halted: string | null;
  readonly isLineage?: boolean;
}

/**
 * Has a journal read by everybody who reads one: the consumer behind views, sink and worker, the fold of a take-over,
 * and the auditor's own rule. They must agree; the auditor's I-03 is asked too.
 */
export async function runJournalCase(of: TopicCase, registry: SchemaRegistry): Promise<Disposition> {
  const steps = stepsOf(of).filter((step) => !isHappening(step)) as readonly CaseRecord[];
  const [first] = steps;
  const { topic = '', partition = 0, stored, found } = first ?? {};
  const start = stored ?? of.expect.start;
  const records = buildJournal(found ? [recordAt(topic, found)] : steps, found ?? of.expect.start);
  const journal = createMemoryJournal({ topic, partition: Number(partition) }, records);
  const base = Number(records[0]?.offset ?? 0);
  const consumer = await readAsConsumer(journal, registry, start);
  const isWhole = start === undefined;
  const fold = isWhole ? await readAsProcessor(journal, registry) : consumer;
  const auditor = isWhole && consumer.halted === null ? readAsAuditor(records, registry, topic) : consumer;
  const readings = [consumer, fold, auditor].map(({ valid, halted }) => `${halted !== null} ${valid.join()}`);
  const { halted, isLineage = false } = consumer;
  if (new Set(readings).size > 1) {
    return {
      status: 'disagreed',
      problemType: null,
      detail: `consumer, processor, auditor: ${readings.join(' | ')}`,
    };
  }
  if (halted !== null) return { status: 'halted', problemType: isLineage ? 'lineage' : null, detail: halted };
  const valid = consumer.valid.map((offset) => offset - base);
  const rules = of.expect.auditor === undefined ? [] : await audited(records, registry, topic);
  return { status: 'fold', problemType: null, valid, auditor: rules };
}

const recordAt = (topic: string, { seq, writer }: StoredPosition): CaseRecord => ({
  topic,
  type: 'Event',
  seq,
  writer: writer ?? '',
});

/** Longer than the registry's denial needs to be said twice. */
const readsWithinMs = 3_000;

async function readAsConsumer(
  journal: MemoryJournal,
  registry: SchemaRegistry,
  start: StoredPosition | undefined,
): Promise<Reading> {
  const valid: number[] = [];
  let isLineage = false;
  const caughtUp = new AbortController();
  const position: JournalPosition = start ? { ...start, offset: BigInt(start.offset) } : journalStart;
  const consumer = createJournalConsumer({
    journals: [
      {
        codec: registry.createCodec<Envelope>(journal.at.topic),
        fold: {
          position: async () => position,
          apply: async (_, { to, events }) => {
            for (const { event, position: at } of events) {
              if (event.body.type !== 'Barrier') valid.push(Number(at.offset));
            }
            return to;
          },
          onLineage: async () => {
            isLineage = true;
            return 'halt';
          },
          onCaughtUp: () => {
            caughtUp.abort();
          },
        },
      },
    ],
    createGroup: (member) => journal.createGroup(member),
    log: journal.log,
    askForWriter: registry.learnWriter,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    onFatal: (error) => {
      throw error;
    },
  });
  await consumer.start();
  const halted = (): string | null =>
    Object.values(consumer.readiness().checks).find((check) => check.startsWith('halted')) ?? null;
  const endMs = performance.now() + readsWithinMs;
  while (!caughtUp.signal.aborted && halted() === null && performance.now() < endMs) await delay(2);
  const why = halted();
  if (!caughtUp.signal.aborted && why === null) throw new Error('the consumer neither reads on nor halts');
  await consumer.stop();
  return { valid, halted: why, isLineage };
}

/** A processor that takes the partition over; one that has to wait for an upgrade goes no further either. */
async function readAsProcessor(journal: MemoryJournal, registry: SchemaRegistry): Promise<Reading> {
  const codec = registry.createCodec<Envelope>(journal.at.topic);
  const orders = createOrdersDomain({ holdTtlMs: 1, payments: paymentDefaults });
  const fold = new JournalFold(orders, partitions, journalBeginning(orders));
  const ending = new AbortController();
  const valid: number[] = [];
  let waits: string | null = null;
  const reading = {
    reader: journal.reader,
    codec,
    learnWriter: registryWriters(registry, [codec], ending.signal),
    clock: systemClock,
    signal: ending.signal,
    onWaiting: (why: string) => {
      waits = why;
      ending.abort();
    },
  };
  try {
    const range = { at: journal.at, from: journal.range.first, until: journal.range.end };
    await readJournal(reading, range, (record, event) => {
      const before = fold.fold.seq;
      fold.add(record, event);
      if (fold.fold.seq > before) valid.push(Number(record.offset));
    });
  } catch (error) {
    if (waits === null && !(error instanceof FatalFault)) throw error;
    return { valid, halted: waits ?? String(error) };
  }
  return { valid, halted: null };
}

function decoded(
  records: readonly LogRecord[],
  registry: SchemaRegistry,
  topic: string,
): readonly AnyEvent[] {
  const codec = registry.createCodec<AnyEvent>(topic);
  return records.map(({ value }) => {
    const event = codec.decode(value);
    if (event.is !== 'value') throw new Error(`the auditor meets a record that is ${event.is}`);
    return event.value;
  });
}

function readAsAuditor(records: readonly LogRecord[], registry: SchemaRegistry, topic: string): Reading {
  const valid: number[] = [];
  let reader: Reader = readerAtStart;
  decoded(records, registry, topic).forEach((event, i) => {
    const next = readOn(reader, event);
    if (next === null) return;
    reader = next;
    if (event.body.type !== 'Barrier') valid.push(Number(records[i]?.offset));
  });
  return { valid, halted: null };
}

/** The rules that report the journal, over an inbox that holds a Tick at each cause. */
async function audited(
  records: readonly LogRecord[],
  registry: SchemaRegistry,
  topic: string,
): Promise<readonly string[]> {
  const events = decoded(records, registry, topic);
  const causes = events.filter(({ body }) => body.type !== 'Barrier').map(({ cause }) => cause.offset);
  const firstCause = Math.min(...causes);
  const command = {
    store: '',
    commandId: null,
    fingerprint: null,
    requestId: null,
    body: { type: 'Tick', writer: '' },
  };
  const ticks = Array.from({ length: Math.max(...causes) - firstCause + 1 }, (_, i) => ({
    offset: firstCause + i,
    atMs: 0,
    key: tickKeyOf(0, partitions),
    mark: null,
    command: command as AnyCommand,
  }));
  const recording = toRecording({
    partitions: 1,
    atRest: true,
    restAtMs: null,
    given: nothingGiven,
    hasRedis: false,
    inboxes: new Map([['orders/0', ticks]]),
    journals: new Map([
      [
        'orders/0',
        events.map((event, i) => ({ offset: Number(records[i]?.offset), key: null, event, crc: i })),
      ],
    ]),
    views: new Map(),
    tables: noTables(),
    sales: [],
    positions: [],
    client: [],
    operations: null,
    audit: [],
    config: [],
    customers: [],
  });
  const reports = await runAudit(recording, [createI03()]);
  return reports.filter(({ violations }) => violations > 0).map(({ id }) => id);
}
