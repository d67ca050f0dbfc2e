import { copyFileSync, readdirSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';

/**
 * Moves what a log holds beyond `maxBytes` to `<name>.log.1`. The process keeps its open file (append mode), so what it
 * writes between the copy and the cut is lost: logs are for people, the truth stands in Kafka.
 */
export function rotateLogs(folder: string, maxBytes: number): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.log'))) {
    const file = path.join(folder, name);
    if (statSync(file).size <= maxBytes) continue;
    copyFileSync(file, `${file}.1`);
    truncateSync(file, 0);
  }
}
