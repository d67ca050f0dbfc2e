import type { MessagePair } from '../../schemas/source-mark.ts';

/** Messages of one source for one inbox partition, in their order; three numbers a message, so that millions fit. */
class Sequence {
  readonly seqs: number[] = [];
  readonly indexes: number[] = [];
  readonly hashes: number[] = [];

  add({ seq, index }: MessagePair, hash: number): void {
    this.seqs.push(seq);
    this.indexes.push(index);
    this.hashes.push(hash);
  }

  pair(i: number): string {
    return `${this.seqs[i]}.${this.indexes[i]}`;
  }
}

/** What one task had to send to one inbox partition, and what came there of it. */
export class MessageChain {
  readonly expected = new Sequence();
  /** Each pair once, as it came first. */
  readonly arrived = new Sequence();
  last: MessagePair | null = null;

  /**
   * What differs, in words, with the pair; null where all came. `isTrimmed`: the inbox has lost its oldest records, so
   * the chain begins with the first that is left. `mayLag`: what was sent last may not be there yet, or not be read.
   */
  difference(isTrimmed: boolean, mayLag: boolean): string | null {
    const { expected, arrived } = this;
    let at = isTrimmed ? firstAt(expected, arrived) : 0;
    for (let i = 0; i < arrived.seqs.length; i += 1, at += 1) {
      if (at >= expected.seqs.length)
        return mayLag ? null : `${arrived.pair(i)} came, and no event of the source yields it`;
      if (expected.pair(at) !== arrived.pair(i))
        return `${expected.pair(at)} was to come, ${arrived.pair(i)} came`;
      if (expected.hashes[at] !== arrived.hashes[i])
        return `${arrived.pair(i)} says something else than the event it comes from`;
    }
    return at < expected.seqs.length && !mayLag ? `${expected.pair(at)} never came` : null;
  }
}

function firstAt({ seqs, indexes }: Sequence, arrived: Sequence): number {
  if (arrived.seqs.length === 0) return seqs.length;
  const found = seqs.findIndex((seq, i) => seq === arrived.seqs[0] && indexes[i] === arrived.indexes[0]);
  return found === -1 ? 0 : found;
}

/** FNV-1a, 32 bits: tells two messages of one pair apart, not friends from foes. */
export function hashOf(key: string, words: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  for (let i = 0; i < words.length; i += 1) hash = Math.imul(hash ^ words.charCodeAt(i), 0x01000193);
  return hash;
}
