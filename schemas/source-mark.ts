import { type ProcessorName, processorNames } from './topic-catalogue.ts';

/** The place of a message in its source journal: the event's seq and the message's number within it. */
export interface MessagePair {
  readonly seq: number;
  readonly index: number;
}

/** What a message from a journal says of itself in the header `source` (messages §2). */
export interface SourceMark {
  /** The task that sent it, for example `stock/3`. */
  readonly source: string;
  readonly pair: MessagePair;
  /** The pair sent before it from that source to this inbox partition; null for the first. */
  readonly prev: MessagePair | null;
}

export const sourceHeader = 'source';

/** `stock/3 41.0 37.0`; `-` where there is no pair before. */
export function formatSourceMark({ source, pair, prev }: SourceMark): string {
  return `${source} ${pair.seq}.${pair.index} ${prev ? `${prev.seq}.${prev.index}` : '-'}`;
}

/** Reads the header. `bad-headers` if it is malformed, `unknown-source` if there is no such task. */
export function parseSourceMark(
  text: string,
  partitions: number,
): SourceMark | 'bad-headers' | 'unknown-source' {
  const match = pattern.exec(text);
  if (!match) return 'bad-headers';
  const [, processor = '', partition = '', seq, index, prevSeq, prevIndex] = match;
  if (!processorNames.includes(processor as ProcessorName) || Number(partition) >= partitions) {
    return 'unknown-source';
  }
  return {
    source: `${processor}/${partition}`,
    pair: { seq: Number(seq), index: Number(index) },
    prev: prevSeq === undefined ? null : { seq: Number(prevSeq), index: Number(prevIndex) },
  };
}

const pattern = /^([a-z]+)\/(\d{1,6}) (\d{1,15})\.(\d{1,6}) (?:(\d{1,15})\.(\d{1,6})|-)$/;

/** Negative, zero or positive as `a` stands before, at or after `b`. */
export function comparePairs(a: MessagePair, b: MessagePair): number {
  return a.seq - b.seq || a.index - b.index;
}
