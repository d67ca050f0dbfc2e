import { z } from 'zod';
import type { TakeOver } from './partition-lag.ts';

/**
 * A take-over as it stands in the metadata of a group's committed offset: for the eyes of people and lag tools, where
 * it outlives its process. Nothing of ours acts on it.
 */
const noteSchema = z.object({
  owner: z.string(),
  at: z.iso.datetime(),
  durationMs: z.int().min(0),
  events: z.int().min(0),
});

export const formatTakeOverNote = (took: TakeOver): string => JSON.stringify(took);

/** Null for anything else: another program may have committed there. */
export function parseTakeOverNote(metadata: string | null): TakeOver | null {
  if (metadata === null || metadata === '') return null;
  try {
    return noteSchema.safeParse(JSON.parse(metadata)).data ?? null;
  } catch {
    return null; // no JSON: not ours
  }
}
