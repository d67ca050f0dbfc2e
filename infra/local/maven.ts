import path from 'node:path';
import { runCommand } from './run-command.ts';
import { SetupError } from './setup-error.ts';

/** Told about a long step in words; the caller shows it on stderr. */
export type Progress = (text: string) => void;

const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/** The download that a line of Maven's output reports, in words: `12/142 MB`; undefined for any other line. */
export const downloadIn = (line: string): string | undefined =>
  /^Progress \(\d+\): (.+)$/.exec(line.trim())?.[1]?.trim();

/** Runs one goal of the (pinned) dependency plugin, and shows a download at most every two seconds. Throws `SetupError`. */
export async function mavenDependency(
  goal: string,
  args: readonly string[],
  what: string,
  progress: Progress,
): Promise<void> {
  let shownMs = performance.now();
  // Not in batch mode: there Maven says nothing between the beginning and the end of 142 MB.
  const ran = await runCommand('mvn', ['-Dstyle.color=never', `${plugin}:${goal}`, ...args], {
    cwd: path.join(import.meta.dirname, 'kafka'),
    onLine: (line) => {
      const download = downloadIn(line);
      if (download === undefined || performance.now() - shownMs < 2_000) return;
      shownMs = performance.now();
      progress(`${what}: ${download}`);
    },
  });
  if (ran.missing)
    throw new SetupError(
      'Maven is missing (mvn).',
      'apt-get install maven (or https://maven.apache.org/install.html)',
    );
  if (ran.code !== 0) {
    const errors = ran.stdout.split('\n').filter((line) => line.startsWith('[ERROR]'));
    throw new SetupError(
      `Maven could not fetch ${what}: ${(errors[0] ?? ran.stderr).slice(0, 400)}.`,
      'check the network (Maven Central must be reachable) and start again; finished downloads are kept',
    );
  }
}
