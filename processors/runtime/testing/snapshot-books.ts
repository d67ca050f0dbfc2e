import { ByteWriter } from '../../../schemas/byte-writer.ts';
import type { Body, EventEnvelope } from '../../../schemas/envelope.ts';
import { isManifestKey } from '../../../schemas/snapshot-manifest.ts';
import { journalOf, snapshotsOf } from '../../../schemas/topic-catalogue.ts';
import { createTopicCodec } from '../../../schemas/topic-codec.ts';
import type { Fold } from '../fold.ts';
import { JournalFold } from '../journal-fold.ts';
import type { Processor } from '../processor.ts';
import { readJournal } from '../read-journal.ts';
import { startingPoint } from '../starting-point.ts';
import { ModelProcess } from './model-process.ts';
import { schemaId } from './valid-events.ts';
import type { World } from './world.ts';

/** A fold from some starting point to the journal's end, in a form that can be compared. */
export interface FoldedBooks {
  /** Last event of the snapshot it began from; 0 from the journal's start. */
  readonly fromSeq: number;
  readonly state: unknown;
  /** `seq.index` of each message that a take-over would send again. */
  readonly resent: readonly string[];
  readonly unusable: readonly string[];
}

/** Offsets of the manifests in a partition of a snapshot topic, in order. */
export const manifestsOf = (world: World, processor: 'stock' | 'orders', partition: number): bigint[] =>
  world.broker
    .all({ topic: snapshotsOf(processor), partition })
    .filter(({ key }) => isManifestKey(key?.toString() ?? ''))
    .map(({ offset }) => offset);

/**
 * Folds a journal partition as a take-over would, with the snapshot topic ending before `snapshotEnd` (0n: without
 * one). Time must not be under way: it lets the model's clock run.
 */
export async function foldBooks<S, C extends Body, E extends Body>(
  world: World,
  processor: Processor<S, C, E>,
  partition: number,
  snapshotEnd: bigint,
): Promise<FoldedBooks> {
  const journal = { topic: journalOf(processor.name), partition };
  const unusable: string[] = [];
  const reading = {
    reader: new ModelProcess('auditor', world.clock, world.broker).reader,
    codec: createTopicCodec<EventEnvelope<Body>>(journal.topic, schemaId),
    learnWriter: async () => ({ is: 'wait', why: 'no registry here' }) as const,
    clock: world.clock,
    signal: new AbortController().signal,
    onWaiting: () => undefined,
  };
  let folded: FoldedBooks | null = null;
  const work = async (): Promise<void> => {
    const journalRange = world.broker.rangeOf(journal);
    const { first } = world.broker.rangeOf({ topic: snapshotsOf(processor.name), partition });
    const start = await startingPoint<S>({
      processor,
      partitions: world.partitions,
      journal,
      journalRange,
      snapshotRange: { first, end: snapshotEnd },
      reading,
      onUnusable: (why) => unusable.push(why),
    });
    const fromSeq = start.routedThrough;
    const journalFold = new JournalFold(processor, world.partitions, start);
    const range = { at: journal, from: start.position.offset + 1n, until: journalRange.end };
    await readJournal(reading, range, (record, event) => journalFold.add(record, event));
    folded = {
      fromSeq,
      state: {
        ...dumpFold(journalFold.fold, processor),
        position: journalFold.position,
        lastEvent: journalFold.lastEvent,
      },
      resent: journalFold.messagesToResend().map(({ pair }) => `${pair.seq}.${pair.index}`),
      unusable,
    };
  };
  let failure: unknown = null;
  work().catch((error: unknown) => {
    failure = error;
  });
  await world.clock.until('folded', () => folded !== null || failure !== null, 600_000);
  if (failure !== null) throw failure;
  return folded as unknown as FoldedBooks;
}

/** All that a fold holds; aggregates as their bytes, by key. */
export function dumpFold<S>(
  fold: Fold<S>,
  { format, dueAtMs }: Pick<Processor<S, never, never>, 'format' | 'dueAtMs'>,
): Record<string, unknown> {
  const writer = new ByteWriter();
  const aggregates = [...fold.aggregates.keys()].sort().map((key) => {
    const state = fold.aggregates.get(key) as S;
    writer.clear();
    format.write(state, writer);
    return [key, writer.written().toString('hex'), dueAtMs?.(state) ?? null];
  });
  const { seq, timeMs, highestCause } = fold;
  return {
    aggregates,
    archived: fold.archived.size,
    parked: [...fold.parked]
      .sort(byName)
      .map(([key, commands]) => [
        key,
        commands.map(({ offset, command, value }) => [offset, command, Buffer.from(value).toString('hex')]),
      ]),
    marks: [...fold.marks].sort(byName),
    lastSent: [...fold.lastSent].sort(byName),
    seq,
    timeMs,
    highestCause,
  };
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
