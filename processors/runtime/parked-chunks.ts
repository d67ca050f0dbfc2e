import { ByteReader } from '../../schemas/byte-reader.ts';
import { ByteWriter } from '../../schemas/byte-writer.ts';
import { chunkBytesMax, chunkStart } from '../../schemas/snapshot-chunk.ts';
import type { ParkedCommand, ParkedCommands } from './parked.ts';

/** A parked command with its aggregate's key. */
export type ParkedEntry = readonly [key: string, command: ParkedCommand];

/** What is parked now, oldest first for each aggregate; later parking and redriving does not change it. */
export const listParked = (parked: ParkedCommands): readonly ParkedEntry[] =>
  [...parked].flatMap(([key, commands]) => commands.map((command): ParkedEntry => [key, command]));

/** The contents of the chunks that hold these commands. One whose value fills a record has a chunk of its own. */
export function* parkedChunks(entries: readonly ParkedEntry[]): Generator<Buffer> {
  if (entries.length === 0) return;
  let to = new ByteWriter();
  for (const [key, { offset, command, value }] of entries) {
    const filled = to.written().length;
    if (filled > 0 && filled + value.length + 512 > chunkBytesMax - chunkStart) {
      yield to.written();
      to = new ByteWriter();
    }
    to.text(key);
    to.uint(offset);
    to.text(command);
    to.raw(value);
  }
  if (to.written().length > 0) yield to.written();
}

/** Parks again what a chunk holds. Returns how many. */
export function loadParked(content: Buffer, parked: ParkedCommands): number {
  const from = new ByteReader(content);
  let count = 0;
  for (; from.left > 0; count += 1) {
    const key = from.text();
    const command = { offset: from.uint(), command: from.text(), value: Buffer.from(from.raw()) };
    const waiting = parked.get(key);
    if (waiting) waiting.push(command);
    else parked.set(key, [command]);
  }
  return count;
}
