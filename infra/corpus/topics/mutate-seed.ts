import { paymentDefaults } from '../../../processors/payments/payment-schedule.ts';
import { createCatalogueDomain } from '../../../processors/catalogue/catalogue-domain.ts';
import { createOrdersDomain } from '../../../processors/orders/orders-domain.ts';
import { createFold } from '../../../processors/runtime/fold.ts';
import { JournalFold } from '../../../processors/runtime/journal-fold.ts';
import { processSlice, type Slice } from '../../../processors/runtime/process-slice.ts';
import type { Processor } from '../../../processors/runtime/processor.ts';
import type { SliceContext } from '../../../processors/runtime/slice-batch.ts';
import { journalBeginning } from '../../../processors/runtime/starting-point.ts';
import { Draws } from '../../../processors/simulation/draws.ts';
import { createStockDomain } from '../../../processors/stock/stock-domain.ts';
import type { AvroComplex } from '../../../schemas/avro-schema.ts';
import type { Body, CommandEnvelope, EventEnvelope } from '../../../schemas/envelope.ts';
import { opIdOf, orderIdOf } from '../../../schemas/ids.ts';
import { tickKeyOf } from '../../../schemas/murmur2.ts';
import {
  inboxOf,
  journalOf,
  type ProcessorName,
  processorNames,
  schemaOfTopic,
} from '../../../schemas/topic-catalogue.ts';
import { createTopicCodec, type TopicCodec } from '../../../schemas/topic-codec.ts';
import type { LogRecord } from '../../clients/log.ts';
import { homeOf, lines, partitions, storeId } from './fixtures.ts';
import { mutateFields, randomOf, type Spoilable, spoilRecord, toLogRecord } from './mutate-record.ts';
import { type Fields, validCommand } from './valid-record.ts';

export interface SeedReport {
  readonly seed: number;
  readonly records: number;
  /** How many records came to what: an event, a quarantine reason, a repeat, a wait or a stop of the partition. */
  readonly came: Readonly<Record<string, number>>;
  /** What must never happen; empty if all is well. */
  readonly violations: readonly string[];
}

type AnyEvent = EventEnvelope<Body & Fields>;
type AnyProcessor = Processor<object, Body, Body>;

const startMs = 1_700_000_000_000;
const clockLeadMs = 300_000;
const recordsPerSlice = 50;
const idOfTopic = (topic: string): number =>
  1 + processorNames.findIndex((name) => inboxOf(name) === topic || journalOf(name) === topic);

function codecOf<T extends { readonly body: Body }>(topic: string): TopicCodec<T> {
  return createTopicCodec<T>(topic, 100 + idOfTopic(topic));
}

/** One of each for all seeds: a codec is slow to make and keeps nothing. */
const parts = Object.fromEntries(
  processorNames.map((name) => [
    name,
    {
      inbox: codecOf<CommandEnvelope<Body>>(inboxOf(name)),
      journal: codecOf<AnyEvent>(journalOf(name)),
      bodies: bodiesOf(name),
    },
  ]),
) as unknown as Record<
  ProcessorName,
  {
    readonly inbox: TopicCodec<CommandEnvelope<Body>>;
    readonly journal: TopicCodec<AnyEvent>;
    readonly bodies: readonly AvroComplex[];
  }
>;

function bodiesOf(name: ProcessorName): readonly AvroComplex[] {
  const { fields = [] } = schemaOfTopic(inboxOf(name)) as AvroComplex;
  return fields.find((field) => field.name === 'body')?.type as readonly AvroComplex[];
}

const domains = {
  orders: createOrdersDomain({ holdTtlMs: 900_000, payments: paymentDefaults }),
  stock: createStockDomain(),
  catalogue: createCatalogueDomain(),
} as unknown as Readonly<Record<ProcessorName, AnyProcessor>>;

/** Spoils `records` valid inbox records of one processor and has the runtime decide them, a slice at a time. */
export function runSeed(seed: number, records: number): SeedReport {
  return new SeedRun(seed, records).run();
}

class SeedRun {
  private readonly seed: number;
  private readonly records: number;
  private readonly draws: Draws;
  private readonly name: ProcessorName;
  private readonly keys: readonly [string, ...string[]];
  private readonly partition: number;
  private readonly context: SliceContext<object, Body, Body>;
  private readonly replay: JournalFold<object, Body, Body>;
  private readonly poison = new Map<number, 'unknown-schema'>();
  private readonly came: Record<string, number> = {};
  private readonly violations: string[] = [];
  private journalOffset = 1n;
  private nowMs = startMs;

  constructor(seed: number, records: number) {
    this.seed = seed;
    this.records = records;
    this.draws = new Draws(seed);
    this.name = processorNames[seed % processorNames.length] ?? 'orders';
    this.keys = keysOf(this.name, seed);
    this.partition = homeOf(this.keys[0]);
    const processor = domains[this.name];
    const { inbox, journal } = parts[this.name];
    this.context = {
      processor,
      inbox: {
        partition: this.partition,
        partitions,
        codec: inbox,
        keyOfCommand: (command) => processor.keyOfCommand(command),
        tickKey: tickKeyOf(this.partition, partitions),
        poisonSchemas: this.poison,
      },
      journal,
      outboxes: { orders: parts.orders.inbox, stock: parts.stock.inbox, catalogue: parts.catalogue.inbox },
      writer: 'w',
      fold: createFold<object>(processor),
    };
    this.replay = new JournalFold(processor, partitions, journalBeginning<object>(processor));
    const cause = { offset: -1, source: null, seq: null, index: null };
    const barrier = { type: 'Barrier', writer: 'w', follows: null };
    const start = { seq: 0, writer: 'w', cause, atMs: 0, routedThrough: 0, version: 1, body: barrier };
    this.replay.add(plainRecord(0n, null), start);
  }

  run(): SeedReport {
    for (let made = 0; made < this.records && this.violations.length === 0; made += recordsPerSlice) {
      const count = Math.min(recordsPerSlice, this.records - made);
      const queue = Array.from({ length: count }, (_, i) => this.makeRecord(BigInt(made + i)));
      this.decide(queue);
    }
    if (this.violations.length === 0) this.compareFolds();
    const { seed, records, came, violations } = this;
    return { seed, records, came, violations };
  }

  private makeRecord(offset: bigint): LogRecord {
    const { draws } = this;
    this.nowMs += draws.below(2_000);
    const { inbox, bodies } = parts[this.name];
    const key = this.keys[draws.below(this.keys.length)] ?? this.keys[0];
    const branch = bodies[draws.below(bodies.length)] ?? { type: 'record' };
    const command = this.makeCommand(branch, key);
    const isTick = command.body.type === 'Tick';
    const record: Spoilable = {
      key: Buffer.from(isTick ? this.context.inbox.tickKey : key),
      value: encodeOr(inbox, command, () => validCommand(this.name, branch.name ?? 'Tick', key)),
      headers: [],
      timestampMs: this.nowMs,
    };
    if (draws.chance(0.5)) spoilRecord(record, this.name, draws);
    return toLogRecord(record, offset);
  }

  private makeCommand(branch: AvroComplex, key: string): CommandEnvelope<Body & Fields> {
    const { draws } = this;
    const type = branch.name ?? '';
    const valid = validCommand(this.name, type, key);
    const ids = {
      commandId: draws.chance(0.3) ? `c${draws.below(9)}` : null,
      store: draws.chance(0.02) ? 'S2' : valid.store,
    };
    const likely = { ...valid, ...ids, body: this.likelyBody(valid.body, key) };
    const choice = draws.below(10);
    if (choice < 5) return likely;
    if (choice < 8) return { ...likely, body: mutateFields(likely.body, branch, draws) };
    return {
      ...likely,
      body: { ...(randomOf(branch, draws) as Fields), type, ...(choice === 8 ? idsIn(valid.body) : {}) },
    };
  }

  /** What comes next in a saga of its kind, or out of turn. */
  private likelyBody(body: Body & Fields, key: string): Body & Fields {
    const { draws } = this;
    if (body.type === 'ReportOutcome') {
      const kind = draws.pick([
        'authorize',
        'authorize',
        'authorize',
        'capture',
        'capture',
        'capture',
        'void',
        'refund',
      ]);
      const is = draws.pick(['ok', 'ok', 'ok', 'no', 'unknown', 'pending', 'action', 'not_executed']);
      return { ...body, kind, opId: opIdOf(key, kind, rarely(draws)), attempt: rarely(draws), is };
    }
    if ('holdId' in body && this.name === 'orders') {
      const { sku, quantity } = lines[draws.below(lines.length)] ?? lines[0];
      return { ...body, holdId: `${key}:${sku}`, sku, quantity };
    }
    return body;
  }

  private decide(queue: readonly LogRecord[]): void {
    for (let from = 0; from < queue.length; ) {
      const limits = {
        recordsMax: 500,
        eventsMax: 1_000,
        bytesMax: 900_000,
        latestMs: this.nowMs + clockLeadMs,
        routedThrough: 0,
      };
      let slice: Slice;
      try {
        slice = processSlice(this.context, queue, from, limits);
      } catch (error) {
        return this.violate(`processSlice threw ${String(error)} from offset ${queue[from]?.offset}`);
      }
      this.read(slice, queue.slice(from, from + slice.taken));
      from += slice.taken;
      if (slice.stop !== null) from += this.passStop(slice.stop, queue[from]?.offset);
      else if (slice.taken === 0) return this.violate('a slice took nothing and named no reason');
      if (this.violations.length > 0) return;
    }
  }

  /** How many records are passed over: what stops a partition for a person is stepped over here. */
  private passStop(stop: NonNullable<Slice['stop']>, offset: bigint | undefined): 0 | 1 {
    const what = stop.is === 'fatal' ? `stopped ${stop.fault.kind}` : `waited ${stop.is}`;
    this.count(what);
    if (stop.is === 'unknown-schema') this.poison.set(stop.schemaId, 'unknown-schema');
    else if (stop.is === 'fatal' && stop.fault.kind === 'poison-flood') this.context.fold.poisonInRow = 0;
    else if (stop.is === 'clock-jump' || (stop.is === 'fatal' && stop.fault.kind === 'source-gap')) return 1;
    else this.violate(`offset ${offset}: ${what} ${stop.is === 'fatal' ? stop.fault.message : ''}`);
    return 0;
  }

  private read(slice: Slice, taken: readonly LogRecord[]): void {
    const quarantined = new Set(slice.quarantine.map(({ key }) => key));
    const caused = new Set<number>();
    for (const { key, value } of slice.records) {
      const decoded = parts[this.name].journal.decode(value);
      if (decoded.is !== 'value') return this.violate(`an event of ours cannot be read: ${decoded.is}`);
      const { body, cause, seq } = decoded.value;
      const before = this.replay.fold.seq;
      this.replay.add(plainRecord(this.journalOffset, key), decoded.value);
      this.journalOffset += 1n;
      if (this.replay.fold.seq !== before + 1)
        this.violate(`seq ${seq} is void, the fold stands at ${before}`);
      if (!caused.has(cause.offset))
        this.count(body.type === 'CommandQuarantined' ? `quarantined ${String(body['reason'])}` : body.type);
      caused.add(cause.offset);
      if (body.type === 'CommandParked')
        this.violate(`offset ${cause.offset}: a decision threw ${String(body['reason'])}`);
      const bytesKey = `${inboxOf(this.name)}/${this.partition}:${cause.offset}`;
      if (body.type === 'CommandQuarantined' && !quarantined.has(bytesKey))
        this.violate(`offset ${cause.offset}: its bytes are nowhere`);
    }
    const silent = taken.filter(({ offset }) => !caused.has(Number(offset))).length;
    if (silent !== slice.repeats)
      this.violate(`${silent} records gave no event, ${slice.repeats} are known repeats`);
    if (silent > 0) this.count('repeat', silent);
  }

  /** What was folded on the way is what a take-over would fold. */
  private compareFolds(): void {
    const digest = ({ fold }: { readonly fold: SliceContext<object, Body, Body>['fold'] }): string =>
      JSON.stringify(
        [
          fold.seq,
          fold.timeMs,
          fold.highestCause,
          [...fold.marks],
          [...fold.lastSent],
          ...this.keys.map((key) => fold.aggregates.get(key)),
        ],
        (_, value: unknown) => (value instanceof Map ? [...value] : value),
      );
    if (digest(this.context) !== digest(this.replay))
      this.violate('the fold differs from a replay of its journal');
  }

  private count(what: string, times = 1): void {
    this.came[what] = (this.came[what] ?? 0) + times;
  }

  private violate(what: string): void {
    this.violations.push(`seed ${this.seed} (${this.name}): ${what}`);
  }
}

/** 1, seldom 2. */
const rarely = (draws: Draws): number => (draws.chance(0.1) ? 2 : 1);

const plainRecord = (offset: bigint, key: string | null): LogRecord => ({
  offset,
  timestampMs: 0,
  key: key === null ? null : Buffer.from(key),
  value: null,
  headers: [],
});

const idsIn = (body: Fields): Fields =>
  Object.fromEntries(
    ['orderId', 'sku', 'holdId'].flatMap((name) => (name in body ? [[name, body[name]]] : [])),
  );

/** A value the schema cannot carry is no record. */
function encodeOr(
  codec: TopicCodec<CommandEnvelope<Body>>,
  command: CommandEnvelope<Body>,
  instead: () => CommandEnvelope<Body>,
): Buffer {
  try {
    return codec.encode(command);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof Error)) throw error;
    return codec.encode(instead());
  }
}

/** A dozen aggregates of one partition. */
function keysOf(name: ProcessorName, seed: number): readonly [string, ...string[]] {
  const nth = (n: number): string =>
    name === 'orders'
      ? orderIdOf(storeId, `${seed}/${n}`)
      : `${storeId}/${n === 0 ? lines[0].sku : `SKU-${n}`}`;
  const first = nth(0);
  const keys: [string, ...string[]] = [first];
  for (let n = 1; keys.length < 12; n += 1) if (homeOf(nth(n)) === homeOf(first)) keys.push(nth(n));
  return keys;
}
