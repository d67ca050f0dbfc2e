import { crashPoint } from '../../infra/clients/crash-point.ts';
import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import {
  chunkKeyOf,
  encodeManifest,
  hashOf,
  manifestKeyOf,
  previousHeader,
  type SnapshotChunk,
  type SnapshotManifest,
} from '../../schemas/snapshot-manifest.ts';
import type { TopicPartition } from '../../infra/clients/log.ts';
import type { FrozenAggregates } from './aggregates.ts';
import { type AppendSurroundings, appendUntilKnown } from './append-until-known.ts';
import type { FoldNotes } from './fold.ts';
import type { KnownSnapshot } from './load-snapshot.ts';
import type { FrozenIds } from './packed-ids.ts';
import { listParked } from './parked-chunks.ts';
import { type FrozenFold, sweepChunks } from './sweep-chunks.ts';

/**
 * What the snapshots of all tasks of a processor in one process share. One partition at a time is written, so that a
 * turn has one chunk to wait for, not four; who waited longest is next.
 */
export interface SnapshotSettings {
  /** Events of a partition from one snapshot to the next; 0: none are taken. */
  readonly everyEvents: number;
  /** Null while none is written. */
  writing: Promise<void> | null;
  readonly waiting: Set<Snapshotter>;
}

export const createSnapshotSettings = (everyEvents: number): SnapshotSettings => ({
  everyEvents,
  writing: null,
  waiting: new Set(),
});

/** What a snapshot needs of a fold. */
export interface FoldToKeep extends FoldNotes {
  readonly aggregates: { freeze(): FrozenAggregates };
  readonly archived: { freeze(): FrozenIds };
  /** While there is a half moved aggregate none is taken, and one that is being written is given up. */
  readonly spoiled: ReadonlyMap<string, string>;
}

export interface Snapshotting {
  readonly settings: SnapshotSettings;
  /** As `SnapshotManifest.of` spells it. */
  readonly of: string;
  readonly version: string;
  readonly at: TopicPartition;
  readonly appending: AppendSurroundings;
  /** Resolves when all messages of events up to `seq` are acknowledged; rejects with Dropped. */
  readonly whenRouted: (seq: number) => Promise<void>;
  readonly onTaken: (taken: TakenSnapshot) => void;
  readonly onFailed: (error: unknown) => void;
}

export interface TakenSnapshot {
  readonly seq: number;
  readonly entries: number;
  readonly chunks: number;
  readonly bytes: number;
  readonly durationMs: number;
}

/**
 * Takes the snapshots of one task (DESIGN §3). What goes in is the fold as it is at a checked append: it is frozen
 * there, written chunk by chunk while the task decides on, and closed by its manifest once the messages of its last
 * event are acknowledged. A snapshot that fails harms nobody: there is no manifest, and the other slot stands.
 */
export class Snapshotter {
  private readonly all: Snapshotting;
  private newest: KnownSnapshot | null;
  /** Last event in the newest snapshot. */
  private newestSeq: number;
  /** Where the last one began, whatever came of it: one that fails is not begun again at once. */
  private begunSeq: number;

  /** `newest`: the snapshot that must not be overwritten; `newestSeq` its last event, 0 without one. */
  constructor(all: Snapshotting, newest: KnownSnapshot | null, newestSeq: number) {
    this.all = all;
    this.newest = newest;
    this.newestSeq = newestSeq;
    this.begunSeq = newestSeq;
  }

  /** To be called where the fold stands at a checked append: `position` is its last event. Begins one if it is time. */
  offer(fold: FoldToKeep, position: JournalPosition): void {
    const { everyEvents, writing, waiting } = this.all.settings;
    const isTime = everyEvents > 0 && position.seq - this.begunSeq >= everyEvents;
    if (!isTime || fold.spoiled.size > 0) return this.leave();
    waiting.add(this);
    const [next] = waiting;
    if (writing === null && next === this) void this.begin(fold, position);
  }

  /** Wants none any more: the task was dropped, or has stopped. */
  leave(): void {
    this.all.settings.waiting.delete(this);
  }

  /** The last one before a clean stop: nothing may be decided any more. Waits for those that are being written. */
  async takeLast(fold: FoldToKeep, position: JournalPosition): Promise<void> {
    const { settings } = this.all;
    while (settings.writing !== null) await settings.writing;
    if (fold.spoiled.size > 0) return;
    if (settings.everyEvents > 0 && position.seq > this.newestSeq) await this.begin(fold, position);
  }

  /** What goes in is frozen before this returns. */
  private begin(fold: FoldToKeep, position: JournalPosition): Promise<void> {
    const { settings, onTaken, onFailed } = this.all;
    this.leave();
    this.begunSeq = position.seq;
    settings.writing = this.take(fold, position)
      .then(onTaken, onFailed)
      .finally(() => {
        settings.writing = null;
      });
    return settings.writing;
  }

  private async take(fold: FoldToKeep, position: JournalPosition): Promise<TakenSnapshot> {
    if (fold.seq !== position.seq)
      throw new Error(`the fold is at ${fold.seq}, the journal at ${position.seq}`);
    const { appending, of, version } = this.all;
    const startedMs = appending.clock.nowMs();
    const slot = this.newest?.slot === 0 ? 1 : 0;
    const aggregates = fold.aggregates.freeze();
    const archived = fold.archived.freeze();
    const parked = listParked(fold.parked);
    const manifest: Omit<SnapshotManifest, 'chunks'> = {
      of,
      version,
      slot,
      previous: this.newest === null ? null : Number(this.newest.offset),
      position: { offset: Number(position.offset), seq: position.seq, writer: position.writer ?? '' },
      timeMs: fold.timeMs,
      highestCause: fold.highestCause,
      marks: [...fold.marks],
      lastSent: [...fold.lastSent],
      entries: aggregates.size,
      archived: archived.size,
      parked: parked.length,
    };
    const { chunks, bytes } = await this.writeChunks(slot, { aggregates, archived, parked }).finally(() => {
      aggregates.thaw();
      archived.thaw();
    });
    if (fold.spoiled.size > 0) throw new Error('an aggregate was half moved meanwhile');
    await this.all.whenRouted(position.seq);
    crashPoint('runtime.before-manifest');
    const offset = await this.append(manifestKeyOf(slot), encodeManifest({ ...manifest, chunks }));
    this.newest = { slot, offset };
    this.newestSeq = position.seq;
    return {
      seq: position.seq,
      entries: manifest.entries,
      chunks: chunks.length,
      bytes,
      durationMs: appending.clock.nowMs() - startedMs,
    };
  }

  private async writeChunks(
    slot: KnownSnapshot['slot'],
    frozen: FrozenFold,
  ): Promise<{ readonly chunks: SnapshotChunk[]; readonly bytes: number }> {
    const chunks: SnapshotChunk[] = [];
    let bytes = 0;
    for (const chunk of sweepChunks(frozen)) {
      const offset = await this.append(chunkKeyOf(slot, chunks.length), chunk);
      crashPoint('runtime.after-chunk');
      chunks.push({ offset: Number(offset), hash: hashOf(chunk) });
      bytes += chunk.length;
    }
    return { chunks, bytes };
  }

  /** Alone in its append; where a copy of an earlier try stands too, this is the one that was acknowledged. */
  private append(key: string, value: Buffer): Promise<bigint> {
    const headers = { [previousHeader]: this.newest === null ? '-' : String(this.newest.offset) };
    return appendUntilKnown({ ...this.all.at, records: [{ key, value, headers }] }, this.all.appending);
  }
}
