import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fillOnce, sha256OfFile } from '../cache.ts';
import { mavenDependency, type Progress } from '../maven.ts';
import { SetupError } from '../setup-error.ts';

export const kafkaVersion = '4.3.1';

/** Compares a folder's jars with the committed list; gives the name of the first that differs, or undefined. */
export async function firstWrongJar(folder: string, list: string): Promise<string | undefined> {
  const wanted = new Map(
    list
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/))
      .map(([sum = '', name = '']) => [name, sum] as const),
  );
  const found = (await readdir(folder)).filter((name) => name.endsWith('.jar'));
  const extra = found.find((name) => !wanted.has(name));
  if (extra !== undefined) return extra;
  for (const [name, sum] of wanted) {
    if (!found.includes(name) || (await sha256OfFile(path.join(folder, name))) !== sum) return name;
  }
  return undefined;
}

/** The folder with the broker's jars, fetched through Maven once and compared with `jars.sha256`. Throws `SetupError`. */
export function kafkaJars(progress: Progress): Promise<string> {
  return fillOnce(`kafka-${kafkaVersion}`, async (folder) => {
    progress(`Kafka ${kafkaVersion}: fetching 46 jars (45 MB) through Maven`);
    await mavenDependency(
      'copy-dependencies',
      [`-DoutputDirectory=${folder}`, '-DincludeScope=runtime'],
      `Kafka ${kafkaVersion}`,
      progress,
    );
    const list = await readFile(path.join(import.meta.dirname, 'jars.sha256'), 'utf8');
    const wrong = await firstWrongJar(folder, list);
    if (wrong !== undefined) {
      throw new SetupError(
        `${wrong} is not the file that was checked in (SHA-256).`,
        'delete it below ~/.m2/repository and start again',
      );
    }
  });
}
