import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

/** How long an aggregate remembers a command id or an ended hold, on the log's clock (DESIGN §3). */
export const rememberedMs = 24 * 3_600_000;

/**
 * What an aggregate remembers for `rememberedMs`: ids with a value each, oldest first. One owner, changed in place.
 * Ids leave from the front of a queue: a Map alone would be walked over its deleted entries again and again.
 */
export interface RecentIds<V> {
  readonly byId: Map<string, { readonly atMs: number; readonly value: V }>;
  readonly queue: string[];
  head: number;
}

export const createRecentIds = <V>(): RecentIds<V> => ({ byId: new Map(), queue: [], head: 0 });

/** The value remembered for `id` at `atMs`, or undefined if there is none or it is older than `rememberedMs`. */
export function recallId<V>(recent: RecentIds<V>, id: string, atMs: number): V | undefined {
  const entry = recent.byId.get(id);
  return entry && atMs - entry.atMs < rememberedMs ? entry.value : undefined;
}

/** Remembers `id` from `atMs` on; an id already remembered keeps its value. `atMs` never falls. O(1) amortised. */
export function rememberId<V>(recent: RecentIds<V>, id: string, value: V, atMs: number): void {
  forgetOld(recent, atMs);
  if (recent.byId.has(id)) return;
  recent.byId.set(id, { atMs, value });
  recent.queue.push(id);
}

function forgetOld<V>(recent: RecentIds<V>, atMs: number): void {
  for (; recent.head < recent.queue.length; recent.head += 1) {
    const id = recent.queue[recent.head] ?? '';
    const entry = recent.byId.get(id);
    if (entry && atMs - entry.atMs < rememberedMs) break;
    recent.byId.delete(id);
  }
  if (recent.head > compactFrom && recent.head * 2 > recent.queue.length) {
    recent.queue.splice(0, recent.head);
    recent.head = 0;
  }
}

const compactFrom = 1_024;

/** Oldest first, for a snapshot. */
export function writeRecentIds<V>(
  recent: RecentIds<V>,
  to: ByteWriter,
  writeValue: (value: V) => void,
): void {
  to.uint(recent.byId.size);
  for (const [id, { atMs, value }] of recent.byId) {
    to.text(id);
    to.uint(atMs);
    writeValue(value);
  }
}

export function readRecentIds<V>(from: ByteReader, readValue: () => V): RecentIds<V> {
  const recent = createRecentIds<V>();
  for (let left = from.uint(); left > 0; left -= 1) {
    const id = from.text();
    recent.byId.set(id, { atMs: from.uint(), value: readValue() });
    recent.queue.push(id);
  }
  return recent;
}
