import { stockKeys } from '../../schemas/redis-keys.ts';
import type { RedisEntry } from '../audit/recording.ts';
import { parseViewPosition } from '../audit/stored-position.ts';
import type { Difference } from './difference.ts';
import type { LedgerSku } from './stock-ledger.ts';

/** One partition of the stock view as it was read. */
export interface StockViewPartition {
  readonly partition: number;
  /** Highest seq it has folded. */
  readonly seq: number;
  /** Text of each document by Redis key. */
  readonly documents: ReadonlyMap<string, string>;
  /** SKUs listed, by Redis key of the list. */
  readonly lists: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Null where the view has not begun, or its position cannot be read. */
export function toViewPartition(
  partition: number,
  entries: readonly RedisEntry[],
): StockViewPartition | null {
  const position = entries.find(({ key }) => key === stockKeys.position(partition));
  const seq = position && parseViewPosition(position)?.seq;
  if (seq === undefined) return null;
  const documents = new Map<string, string>();
  const lists = new Map<string, ReadonlySet<string>>();
  for (const { key, value } of entries) {
    if (value.is === 'string') documents.set(key, value.text);
    if (value.is === 'zset') lists.set(key, new Set(value.scores.keys()));
  }
  return { partition, seq, documents, lists };
}

const rebuild = 'npx millrace views rebuild';

/**
 * Compares the Redis view of a partition with the journal folded to the view's own place: what the view has not read
 * yet is no difference. Documents newer than that place were written while they were read, and tell nothing. Pure.
 */
export function compareView(
  view: StockViewPartition,
  skus: ReadonlyMap<string, LedgerSku>,
): readonly Difference[] {
  const { partition, documents, lists } = view;
  const differences: Difference[] = [];
  const differs = (is: Difference['class'], key: string, what: string): void => {
    differences.push({ class: is, key, about: null, what, mend: rebuild, repair: null });
  };
  const expected = new Set<string>();
  for (const [key, { store, sku, partition: at, atView }] of skus) {
    if (at !== partition || atView === undefined) continue;
    const redisKey = stockKeys.sku(partition, store, sku);
    expected.add(redisKey);
    const text = documents.get(redisKey);
    if (text === undefined) differs('view-missing', key, `received, and not in the view`);
    else if (!isNewer(text, view)) {
      const wrong = mismatch(text, atView);
      if (wrong !== null) differs('view-differs', key, wrong);
    }
    if (!lists.get(stockKeys.skus(partition, store))?.has(sku)) differs('view-unlisted', key, 'not listed');
  }
  for (const [redisKey, text] of documents) {
    if (expected.has(redisKey) || isNewer(text, view)) continue;
    differs('view-extra', redisKey.slice(stockKeys.sku(partition, '', '').length - 1), 'in the view alone');
  }
  return differences;
}

const isNewer = (text: string, { seq }: StockViewPartition): boolean =>
  Number(/"position":"\d+\.(\d+)"/.exec(text)?.[1] ?? 0) > seq;

/** The fields that differ, in words; null if none does. */
function mismatch(text: string, expected: object): string | null {
  let is: unknown;
  try {
    is = JSON.parse(text);
  } catch {
    return 'is not JSON';
  }
  const has = (is ?? {}) as Readonly<Record<string, unknown>>;
  const wanted = expected as Readonly<Record<string, unknown>>;
  const words = [...new Set([...Object.keys(has), ...Object.keys(wanted)])]
    .filter((name) => has[name] !== wanted[name])
    .map(
      (name) => `${name} is ${JSON.stringify(has[name])}, the journal has ${JSON.stringify(wanted[name])}`,
    );
  return words.length === 0 ? null : words.join('; ');
}
