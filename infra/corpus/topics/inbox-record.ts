import type { LogRecord } from '../../../infra/clients/log.ts';
import {
  comparePairs,
  formatSourceMark,
  type MessagePair,
  sourceHeader,
} from '../../../schemas/source-mark.ts';
import { type ProcessorName, processorNames, inboxOf } from '../../../schemas/topic-catalogue.ts';
import { currentSchema, newType, schemaIdOf, symbolOf, variantSchema } from './case-schemas.ts';
import { encodeUnder, spoil } from './encode-value.ts';
import { createPlaceholders, homeOf, partitions, type Placeholders, storeId } from './fixtures.ts';
import { setFields } from './set-fields.ts';
import type { CaseRecord } from './topic-case.ts';
import { type Fields, validCommand } from './valid-record.ts';

/** An inbox record as a case describes it, ready for the log. */
export interface BuiltRecord extends Pick<LogRecord, 'key' | 'value' | 'headers'> {
  readonly processor: ProcessorName;
  readonly partition: number;
  /** Append time; null: the broker's own. */
  readonly atMs: number | null;
}

/** Builds the records of one case; it remembers the pairs of each source, for the `prev` of the next. */
export class RecordBuilder {
  readonly placeholders: Placeholders;
  private partition = 0;
  private topic = '';
  private readonly pairs = new Map<string, MessagePair[]>();

  constructor(caseId: string) {
    this.placeholders = createPlaceholders(
      caseId,
      (name) => schemaIdOf(name, this.topic),
      () => this.partition,
    );
  }

  /** Throws Unencodable, and a RangeError for words of the format it does not know. */
  build(given: CaseRecord): BuiltRecord {
    this.topic = given.topic ?? '';
    const processor = processorNames.find((name) => inboxOf(name) === this.topic);
    if (!processor) throw new RangeError(`${this.topic} is no inbox`);
    const named = this.text(given.key ?? defaultKeys[processor]);
    const key = this.keyOf(given, named);
    const home = key === null ? 0 : homeOf(key.toString());
    this.partition = home;
    const partition = given.partition === undefined ? home : Number(this.text(String(given.partition)));
    if (!(partition >= 0 && partition < partitions)) throw new RangeError(`no partition ${given.partition}`);
    const value = this.valueOf(given, processor, named);
    return {
      processor,
      partition,
      key,
      value,
      headers: this.headersOf(given),
      atMs: given.logTimeMs ?? null,
    };
  }

  private text(text: string): string {
    return this.placeholders.resolve(text);
  }

  private keyOf({ key, keyBase64, keyGen }: CaseRecord, named: string): Buffer | null {
    if (keyBase64 !== undefined) return Buffer.from(keyBase64, 'base64');
    if (keyGen) return Buffer.from(keyGen.repeat.repeat(keyGen.count));
    return key === null ? null : Buffer.from(named);
  }

  private valueOf(given: CaseRecord, processor: ProcessorName, key: string): Buffer | null {
    if (given.value === null) return null;
    const whole = this.wholeValue(given, processor, key);
    const spoiled = spoil(whole, given.then ?? []);
    const missing = (given.padTo ?? 0) - spoiled.length;
    return missing > 0 ? Buffer.concat([spoiled, Buffer.alloc(missing)]) : spoiled;
  }

  private wholeValue(given: CaseRecord, processor: ProcessorName, key: string): Buffer {
    if (given.valueText !== undefined) return Buffer.from(this.text(given.valueText));
    if (given.valueBase64 !== undefined) return Buffer.from(given.valueBase64, 'base64');
    if (given.frame) {
      const header = Buffer.alloc(5);
      header.writeInt32BE(Number(this.text(String(given.frame.schemaId))), 1);
      return Buffer.concat([header, Buffer.from(given.frame.payloadBase64, 'base64')]);
    }
    if (!given.avro) throw new RangeError('a record without a value');
    const { type } = given.avro;
    const set = this.resolved(given.avro.set) as Fields;
    const symbols = Object.values(set).filter((value) => typeof value === 'string');
    const schema = given.schema
      ? variantSchema(this.topic, given.schema, symbols)
      : currentSchema(this.topic);
    const isNewSymbol = given.schema === 'next-new-symbol';
    const values = isNewSymbol ? mapStrings(set, symbolOf) : set;
    const writer = type === 'Tick' && given.writer !== undefined ? { writer: given.writer } : {};
    const command = setFields(this.baseOf(given, processor, type, key), { ...writer, ...(values as Fields) });
    const id = given.schemaId === undefined ? schema.id : Number(this.text(String(given.schemaId)));
    return encodeUnder(schema, id, command as never);
  }

  /** A body that a new schema alone has is taken with what the case sets. */
  private baseOf(given: CaseRecord, processor: ProcessorName, type: string, key: string) {
    const isNew = given.schema === 'next-new-type' && type === newType;
    if (!isNew) return validCommand(processor, type, key);
    return { ...validCommand(processor, 'Tick', key), store: storeId, body: { type } };
  }

  private resolved(value: unknown): unknown {
    return mapStrings(value, (text) => this.text(text));
  }

  private headersOf({ headers = [], source, seq = 0, index = 0, prev }: CaseRecord): LogRecord['headers'] {
    const plain = headers.map(([name, value]) => [name, Buffer.from(this.text(value))] as const);
    if (source === undefined) return plain;
    const pair = { seq, index };
    const known = this.pairs.get(source) ?? [];
    const before = known
      .filter((other) => comparePairs(other, pair) < 0)
      .toSorted(comparePairs)
      .at(-1);
    this.pairs.set(source, [...known, pair]);
    const mark = formatSourceMark({
      source,
      pair,
      prev: prev === undefined ? (before ?? null) : pairIn(prev),
    });
    return [...plain, [sourceHeader, Buffer.from(mark)] as const];
  }
}

const defaultKeys: Readonly<Record<ProcessorName, string>> = {
  orders: '{{order.new}}',
  stock: 'S1/85123A',
  catalogue: 'S1/85123A',
};

function pairIn(prev: NonNullable<CaseRecord['prev']> | null): MessagePair | null {
  if (prev === null || prev === '-') return null;
  if (typeof prev === 'number') return { seq: prev, index: 0 };
  if (typeof prev === 'object') {
    return 'seq' in prev ? { seq: prev.seq, index: prev.index ?? 0 } : { seq: prev[0], index: prev[1] ?? 0 };
  }
  const [seq, index = 0] = prev.split('.').map(Number);
  return { seq: seq ?? 0, index };
}

/** The value with every text in it changed. */
function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapStrings(item, change)]));
}
