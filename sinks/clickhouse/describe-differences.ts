import type { Minutes } from './doubtful-minutes.ts';
import type { BlockAt, SalesDifference } from './ledger.ts';

/** So many of them say what kind of damage it was. */
const shownMax = 20;

const minuteText = (atS: number): string => new Date(atS * 1_000).toISOString();

/** What the log says of figures that are mended: the place of the block that was going in, the minutes, what is added. */
export const describeDifferences = (
  { topic, partition, block }: BlockAt,
  { fromS, toS }: Minutes,
  differences: readonly SalesDifference[],
) => ({
  topic,
  partition,
  seqs: [block.firstSeq, block.lastSeq],
  endOffset: String(block.end.offset),
  minutes: [minuteText(fromS), minuteText(toS)],
  differing: differences.length,
  added: differences.slice(0, shownMax),
});
