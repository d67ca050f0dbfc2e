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
  return joined(`${source} ${pair.seq}.${pair.index} ${prev ? `${prev.seq}.${prev.index}` : '-'}`);
}

const scratch = Buffer.allocUnsafeSlow(256);

/** The text in one piece: V8 keeps a template's pieces until it is read, here until it is sent, to be collected each. */
function joined(text: string): string {
  const end = scratch.write(text, 'latin1');
  return end < scratch.length ? scratch.toString('latin1', 0, end) : text;
}

/**
 * Reads the header's bytes. `bad-headers` if they are malformed, `unknown-source` if there is no such task. Digit by
 * digit, for every message between processors has one, and a pattern took 2.5 times as long.
 */
export function parseSourceMark(
  bytes: Uint8Array,
  partitions: number,
): SourceMark | 'bad-headers' | 'unknown-source' {
  at = 0;
  while (isLetter(bytes[at])) at += 1;
  const nameEnd = at;
  const isNamed = nameEnd > 0 && skip(bytes, slash);
  const partition = readNumber(bytes, 6);
  const sourceEnd = at;
  const isApart = skip(bytes, space);
  const pair = readPair(bytes);
  if (!isNamed || partition < 0 || !isApart || pair === null || !skip(bytes, space)) return 'bad-headers';
  const isFirst = skip(bytes, dash);
  const prev = isFirst ? null : readPair(bytes);
  if (at < bytes.length || (prev === null && !isFirst)) return 'bad-headers';
  const processor = processorNames.find((name) => isText(bytes, name, nameEnd));
  if (processor === undefined || partition >= partitions) return 'unknown-source';
  return { source: sourceOf(bytes, sourceEnd, processor, partition), pair, prev };
}

const [slash, space, dot, dash, zero] = [0x2f, 0x20, 0x2e, 0x2d, 0x30];

/** Where the reading of a header has come to: nothing here waits, so there is one at a time. */
let at = 0;

const isLetter = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x61 && byte <= 0x7a;

function skip(bytes: Uint8Array, byte: number): boolean {
  if (bytes[at] !== byte) return false;
  at += 1;
  return true;
}

/** -1 unless one to `digitsMax` digits stand here. */
function readNumber(bytes: Uint8Array, digitsMax: number): number {
  const from = at;
  let value = 0;
  for (; at < bytes.length; at += 1) {
    const digit = (bytes[at] ?? 0) - zero;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return at === from || at - from > digitsMax ? -1 : value;
}

/** `41.0`; null if none stands here. */
function readPair(bytes: Uint8Array): MessagePair | null {
  const seq = readNumber(bytes, 15);
  if (seq < 0 || !skip(bytes, dot)) return null;
  const index = readNumber(bytes, 6);
  return index < 0 ? null : { seq, index };
}

function isText(bytes: Uint8Array, text: string, end: number): boolean {
  if (text.length !== end) return false;
  for (let i = 0; i < end; i += 1) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}

/** One string for each task, as long as it is spelled without leading zeros. */
const sources: Readonly<Record<ProcessorName, string[]>> = { orders: [], stock: [], catalogue: [] };

function sourceOf(bytes: Uint8Array, end: number, processor: ProcessorName, partition: number): string {
  const known = sources[processor][partition];
  if (known?.length === end) return known;
  const source = String.fromCharCode(...bytes.subarray(0, end));
  if (source === `${processor}/${partition}`) sources[processor][partition] = source;
  return source;
}

/** Negative, zero or positive as `a` stands before, at or after `b`. */
export function comparePairs(a: MessagePair, b: MessagePair): number {
  return a.seq - b.seq || a.index - b.index;
}
