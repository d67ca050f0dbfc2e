import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import { chunkKinds, chunkStart } from '../../schemas/snapshot-chunk.ts';
import { SnapshotEntries } from '../../schemas/snapshot-entries.ts';
import {
  decodeManifest,
  hashOf,
  isManifestKey,
  previousHeader,
  type SnapshotManifest,
  type SnapshotSlot,
} from '../../schemas/snapshot-manifest.ts';
import type { LogReader, LogRecord, OffsetRange, TopicPartition } from '../../infra/clients/log.ts';
import type { Clock } from '../../infra/clients/clock.ts';
import { Dropped, FatalFault } from './faults.ts';
import { type AggregateKeeper, createFold, type Fold } from './fold.ts';
import { loadParked } from './parked-chunks.ts';
import { readRange } from './read-range.ts';

/** A complete snapshot: the partition it is of keeps it until a newer one is complete in the other slot. */
export interface KnownSnapshot {
  readonly slot: SnapshotSlot;
  /** Of its manifest. */
  readonly offset: bigint;
}

export interface LoadedSnapshot<S> extends KnownSnapshot {
  readonly fold: Fold<S>;
  readonly position: JournalPosition;
  /** The journal record at the position. */
  readonly last: { readonly record: LogRecord; readonly event: EventEnvelope<Body> };
  /** Aggregates and archived ids. */
  readonly entries: number;
}

export interface SnapshotLoading<S> {
  readonly processor: AggregateKeeper<S>;
  /** As `SnapshotManifest.of` spells it. */
  readonly of: string;
  readonly at: TopicPartition;
  readonly range: OffsetRange;
  readonly reader: LogReader;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The event at an offset of the journal; null if there is none, or a Barrier. */
  readonly readEvent: (offset: bigint) => Promise<LoadedSnapshot<S>['last'] | null>;
  /** Told why a snapshot was passed over. */
  readonly onUnusable: (why: string) => void;
}

export interface SnapshotSearch<S> {
  /** The newest that is whole, of this build's format, and stands on a record of the journal; null if none is. */
  readonly loaded: LoadedSnapshot<S> | null;
  /** The newest manifest that can be read, usable or not: its slot is not to be overwritten if nothing was loaded. */
  readonly newest: KnownSnapshot | null;
}

/** Records at the end of the topic that are looked at first: copies that came late may stand behind the manifest. */
const windowRecords = 8n;
/** A reader that brings nothing for so long has nothing: the full fold is slower, and never wrong. */
const stallMs = 30_000;

/**
 * Finds and loads the newest snapshot that can be used (DESIGN §3; kafka.md §5). The last records of the topic lead
 * to it: each names the manifest before it. Only if none of those can be used the whole topic is looked through.
 */
export async function loadSnapshot<S>(loading: SnapshotLoading<S>): Promise<SnapshotSearch<S>> {
  const { first, end } = loading.range;
  const search = new Search(loading);
  if (end === first) return { loaded: null, newest: null };
  const from = end - windowRecords > first ? end - windowRecords : first;
  const loaded =
    (await search.try(await search.manifestsNear(from, end))) ??
    (from > first ? await search.try(await search.manifestsIn(first, from)) : null);
  return { loaded, newest: search.newest };
}

class Search<S> {
  newest: KnownSnapshot | null = null;
  private readonly loading: SnapshotLoading<S>;
  private readonly tried = new Set<bigint>();
  /** Manifests that came along: each read of its own takes a round of the reader. */
  private readonly seen = new Map<bigint, Buffer | null>();

  constructor(loading: SnapshotLoading<S>) {
    this.loading = loading;
  }

  /** Offsets of manifests in a range, and of those its records name. */
  async manifestsNear(from: bigint, until: bigint): Promise<bigint[]> {
    const found: bigint[] = [];
    await this.read(from, until, (record) => {
      if (isManifestKey(record.key?.toString() ?? '')) {
        found.push(record.offset);
        this.seen.set(record.offset, record.value);
      }
      const [, previous] = record.headers.find(([name]) => name === previousHeader) ?? [];
      if (previous && /^\d{1,18}$/.test(previous.toString())) found.push(BigInt(previous.toString()));
    });
    return found;
  }

  async manifestsIn(from: bigint, until: bigint): Promise<bigint[]> {
    const found: bigint[] = [];
    await this.read(from, until, ({ offset, key }) => {
      if (isManifestKey(key?.toString() ?? '')) found.push(offset);
    });
    return found;
  }

  /**
   * Tries each, the newest first, and those that they follow. The newest is the one that reaches furthest into the
   * journal: an older one may have been written last. What stands in the window costs no read of its own.
   */
  async try(offsets: readonly bigint[]): Promise<LoadedSnapshot<S> | null> {
    const named = offsets.filter((offset) => !this.seen.has(offset));
    let found = await this.manifestsAt(offsets.filter((offset) => this.seen.has(offset)));
    for (;;) {
      if (found.length === 0) found = await this.manifestsAt(named.splice(0));
      const newest = found.shift();
      if (!newest) return null;
      const { offset, manifest } = newest;
      this.newest ??= { slot: manifest.slot, offset };
      const loaded = await this.load(manifest, offset);
      if (loaded !== null) return loaded;
      if (manifest.previous !== null) named.push(BigInt(manifest.previous));
    }
  }

  /** Those that can be read and were not tried before, the newest first. */
  private async manifestsAt(offsets: readonly bigint[]): Promise<FoundManifest[]> {
    const found: FoundManifest[] = [];
    for (const offset of offsets) {
      if (this.tried.has(offset)) continue;
      this.tried.add(offset);
      const manifest = await this.manifestAt(offset);
      if (manifest !== null) found.push({ offset, manifest });
    }
    const later = (a: FoundManifest, b: FoundManifest): number => (a.offset < b.offset ? 1 : -1);
    return found.sort((a, b) => b.manifest.position.seq - a.manifest.position.seq || later(a, b));
  }

  private async manifestAt(offset: bigint): Promise<SnapshotManifest | null> {
    const { range, onUnusable } = this.loading;
    if (offset < range.first || offset >= range.end) return null;
    let bytes = this.seen.get(offset) ?? null;
    if (bytes === null) {
      await this.read(offset, offset + 1n, (record) => {
        if (record.offset === offset) bytes = record.value;
      });
    }
    const manifest = bytes && decodeManifest(bytes);
    if (manifest === null) onUnusable(`no manifest can be read at ${offset}`);
    return manifest;
  }

  private async load(manifest: SnapshotManifest, offset: bigint): Promise<LoadedSnapshot<S> | null> {
    const { processor, of, readEvent, signal, onUnusable } = this.loading;
    try {
      if (manifest.of !== of) throw new Error(`it is of ${manifest.of}`);
      if (manifest.version !== processor.format.version) throw new Error(`its format is ${manifest.version}`);
      const { position } = manifest;
      const last = await readEvent(BigInt(position.offset));
      if (last?.event.seq !== position.seq || last.event.writer !== position.writer) {
        throw new Error(`the journal holds another record at ${position.offset}`);
      }
      const fold = await this.loadChunks(manifest);
      return {
        slot: manifest.slot,
        offset,
        fold,
        last,
        entries: manifest.entries + manifest.archived,
        position: { ...position, offset: BigInt(position.offset) },
      };
    } catch (error) {
      if (signal.aborted) throw new Dropped();
      if (error instanceof FatalFault) throw error;
      onUnusable(`the snapshot at ${offset}: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  }

  private async loadChunks(manifest: SnapshotManifest): Promise<Fold<S>> {
    const { marks, lastSent, timeMs, highestCause, position } = manifest;
    const fold = createFold<S>(this.loading.processor, {
      marks: new Map(marks),
      lastSent: new Map(lastSent),
      seq: position.seq,
      timeMs,
      highestCause,
      parked: new Map(),
    });
    fold.aggregates.reserve(manifest.entries);
    const hashes = new Map(manifest.chunks.map(({ offset, hash }) => [BigInt(offset), hash]));
    const chunks = new ChunkLoader(fold);
    const [firstChunk] = hashes.keys();
    const lastChunk = [...hashes.keys()].at(-1);
    if (firstChunk !== undefined && lastChunk !== undefined) {
      await this.read(firstChunk, lastChunk + 1n, ({ offset, value }) => {
        const hash = hashes.get(offset);
        if (hash === undefined) return; // of another writer, in between
        if (value === null || !hashOf(value).equals(hash)) throw new Error(`chunk ${offset} was changed`);
        hashes.delete(offset);
        chunks.add(value);
      });
    }
    if (hashes.size > 0) throw new Error(`${hashes.size} chunks are missing`);
    const { entries, archived, parked } = chunks;
    if (entries !== manifest.entries || archived !== manifest.archived || parked !== manifest.parked) {
      throw new Error(`it holds ${entries} entries, ${archived} archived ids, ${parked} parked commands`);
    }
    return fold;
  }

  /** The topic is compacted, so offsets may be missing; the last record of it never is. */
  private async read(from: bigint, until: bigint, onRecord: (record: LogRecord) => void): Promise<void> {
    const { at, reader, clock, signal } = this.loading;
    const stalled = new AbortController();
    let timer = clock.setTimer(stallMs, () => stalled.abort());
    const take = (record: LogRecord): void => {
      timer.cancel();
      timer = clock.setTimer(stallMs, () => stalled.abort());
      onRecord(record);
    };
    try {
      const range = { at, from, until, isSparse: true };
      await readRange(reader, range, take, AbortSignal.any([signal, stalled.signal]));
    } catch (error) {
      if (signal.aborted) throw new Dropped();
      if (stalled.signal.aborted) throw new Error(`nothing came for ${stallMs} ms`, { cause: error });
      // the books are not concerned: what cannot be read here is no snapshot, and nothing worse
      throw error instanceof FatalFault ? new Error(error.message, { cause: error }) : error;
    } finally {
      timer.cancel();
    }
  }
}

interface FoundManifest {
  readonly offset: bigint;
  readonly manifest: SnapshotManifest;
}

/** Puts the chunks of one snapshot into a fold, in order. */
class ChunkLoader<S> {
  entries = 0;
  archived = 0;
  parked = 0;
  private readonly fold: Fold<S>;
  private readonly whole = new SnapshotEntries();

  constructor(fold: Fold<S>) {
    this.fold = fold;
  }

  add(chunk: Buffer): void {
    const entries = this.whole.add(chunk);
    // a copy: what the reader hands over is a view of all that one fetch brought
    if (entries !== null) return this.load(Buffer.from(entries));
    const kind = chunk.readUInt8(0);
    switch (kind) {
      case chunkKinds.part:
        return;
      case chunkKinds.archived:
        this.archived += this.fold.archived.load(chunk.subarray(chunkStart));
        return;
      case chunkKinds.parked:
        this.parked += loadParked(chunk.subarray(chunkStart), this.fold.parked);
        return;
      default:
        throw new Error(`a chunk of kind ${kind}`);
    }
  }

  private load(entries: Buffer): void {
    this.entries += this.fold.aggregates.load(entries);
  }
}
