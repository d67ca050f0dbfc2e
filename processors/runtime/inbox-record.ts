import { isUtf8 } from 'node:buffer';
import type { Body, CommandEnvelope, Redrive } from '../../schemas/envelope.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import { parseSourceMark, sourceHeader, type SourceMark } from '../../schemas/source-mark.ts';
import type { FrameFault, TopicCodec } from '../../schemas/topic-codec.ts';
import type { LogRecord } from '../../infra/clients/log.ts';

/** Why an inbox record is quarantined; it stands in `CommandQuarantined`. */
export type QuarantineReason =
  | FrameFault
  | 'bad-key'
  | 'key-mismatch'
  | 'wrong-partition'
  | 'bad-headers'
  | 'unknown-source'
  | 'unknown-schema'
  | 'wrong-subject'
  | 'semantic'
  | 'store-mismatch';

/** What one inbox partition takes for readable. */
export interface InboxRules<C extends Body> {
  readonly partition: number;
  readonly partitions: number;
  readonly codec: TopicCodec<CommandEnvelope<C>>;
  readonly keyOfCommand: (command: CommandEnvelope<C>) => string;
  readonly tickKey: string;
  /** Writer schemas that the registry has disowned. */
  readonly poisonSchemas: ReadonlyMap<number, 'unknown-schema' | 'wrong-subject'>;
}

export type InboxCommand<C extends Body> =
  | { readonly is: 'command'; readonly key: string; readonly command: CommandEnvelope<C> }
  | { readonly is: 'tick' }
  | { readonly is: 'redrive'; readonly key: string; readonly asked: Redrive }
  | { readonly is: 'unreadable'; readonly reason: QuarantineReason }
  /** Not the record's fault, yet: its writer's schema has to be asked for. */
  | { readonly is: 'unknown-schema'; readonly schemaId: number };

const keyBytesMax = 128;
const sourceBytesMax = 128;

/** The header `source`: null on a command from outside. Readable also where the value is not. */
export function readSource(
  record: LogRecord,
  partitions: number,
): SourceMark | null | 'bad-headers' | 'unknown-source' {
  let found: Buffer | null = null;
  for (const [name, value] of record.headers) {
    if (name !== sourceHeader) continue;
    if (found !== null || value.length > sourceBytesMax) return 'bad-headers';
    found = value;
  }
  return found === null ? null : parseSourceMark(found, partitions);
}

/** The command in an inbox record: its frame, its key, and that the key belongs here. */
export function readCommand<C extends Body>(record: LogRecord, rules: InboxRules<C>): InboxCommand<C> {
  const decoded = rules.codec.decode(record.value);
  if (decoded.is === 'unreadable') return unreadable(decoded.reason);
  if (decoded.is === 'unknown-schema') {
    const poison = rules.poisonSchemas.get(decoded.schemaId);
    return poison ? unreadable(poison) : decoded;
  }
  const bytes = record.key;
  if (bytes === null || bytes.length === 0 || bytes.length > keyBytesMax || !isUtf8(bytes)) {
    return unreadable('bad-key');
  }
  const key = bytes.toString();
  const command = decoded.value;
  const isTick = command.body.type === 'Tick';
  const asked = redriveIn(command.body);
  const aggregate = asked ? asked.key : isTick ? key : rules.keyOfCommand(command);
  if (key !== aggregate) return unreadable('key-mismatch');
  if (partitionOf(bytes, rules.partitions) !== rules.partition) return unreadable('wrong-partition');
  if (asked) return { is: 'redrive', key, asked };
  if (!isTick) return { is: 'command', key, command };
  return key === rules.tickKey ? { is: 'tick' } : unreadable('key-mismatch');
}

/** The body as a Redrive: it stands in every inbox and is no domain's. */
const redriveIn = (body: Body): Redrive | null => (body.type === 'Redrive' ? (body as Redrive) : null);

const unreadable = (reason: QuarantineReason) => ({ is: 'unreadable', reason }) as const;
