import type { Body, CommandEnvelope } from '../../schemas/envelope.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import { formatSourceMark, type MessagePair, sourceHeader } from '../../schemas/source-mark.ts';
import { inboxOf, type ProcessorName } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { OutgoingRecord, TopicPartition } from '../../infra/clients/log.ts';
import type { Message } from './processor.ts';

/** A message with its place in the chain of its target partition: the same at a resend as at first. */
export interface NumberedMessage {
  readonly message: Message;
  readonly partition: number;
  readonly pair: MessagePair;
  readonly prev: MessagePair | null;
}

/** A message ready to be appended to its inbox partition. */
export interface OutgoingMessage {
  readonly to: TopicPartition;
  readonly record: OutgoingRecord;
  /** Number of the event it comes from. */
  readonly seq: number;
}

/** Codecs of the inboxes this processor may send to. */
export type Outboxes = Readonly<Record<ProcessorName, TopicCodec<CommandEnvelope<Body>>>>;

/** Numbers the messages of event `seq` by their position and chains each to the last one of its target: all, or it throws. */
export function numberMessages(
  lastSent: Map<string, MessagePair>,
  seq: number,
  messages: readonly Message[],
  partitions: number,
): NumberedMessage[] {
  const at = messages.map(({ key }) => partitionOf(key, partitions));
  return messages.map((message, index) => {
    const partition = at[index] ?? 0;
    const target = targetOf(message, partition);
    const prev = lastSent.get(target) ?? null;
    const pair = { seq, index };
    lastSent.set(target, pair);
    return { message, partition, pair, prev };
  });
}

/** Undoes `numberMessages` for the newest messages of the chains. */
export function forgetMessages(
  lastSent: Map<string, MessagePair>,
  numbered: readonly NumberedMessage[],
): void {
  for (const { message, partition, prev } of numbered.toReversed()) {
    const target = targetOf(message, partition);
    if (prev === null) lastSent.delete(target);
    else lastSent.set(target, prev);
  }
}

/** One text for each target: made anew for each message it would have to be hashed anew. */
const targets: Partial<Record<ProcessorName, string[]>> = {};

const targetOf = ({ to }: Message, partition: number): string =>
  ((targets[to] ??= [])[partition] ??= `${to}/${partition}`);

/** The record of a numbered message from task `source` (for example `stock/3`). Throws if the body does not fit. */
export function encodeMessage(
  source: string,
  outboxes: Outboxes,
  { message, partition, pair, prev }: NumberedMessage,
): OutgoingMessage {
  const value = outboxes[message.to].encode({
    store: message.store,
    commandId: null,
    fingerprint: null,
    requestId: null,
    body: message.body,
  });
  return {
    to: { topic: inboxOf(message.to), partition },
    record: {
      key: message.key,
      value,
      headers: { [sourceHeader]: formatSourceMark({ source, pair, prev }) },
    },
    seq: pair.seq,
  };
}
