import { comparePairs, type MessagePair, type SourceMark } from '../../schemas/source-mark.ts';

/** The highest pair seen from each source task, for one inbox partition. */
export type SourceMarks = Map<string, MessagePair>;

/**
 * Whether a message from another journal is `new`, a `repeat` (its pair is not above the mark), or shows a
 * `gap` (the message sent before it never came here). The first message of a source has no `prev`.
 */
export function judgeMark(marks: SourceMarks, mark: SourceMark): 'new' | 'repeat' | 'gap' {
  const known = marks.get(mark.source);
  if (known && comparePairs(mark.pair, known) <= 0) return 'repeat';
  if (mark.prev === null) return 'new';
  return known && comparePairs(mark.prev, known) <= 0 ? 'new' : 'gap';
}
