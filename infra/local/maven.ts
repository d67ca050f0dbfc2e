import path from 'node:path';
import { runCommand } from './run-command.ts';
import { SetupError } from './setup-error.ts';

/** Told about a long step in words; the caller shows it on stderr. */
export type Progress = (text: string) => void;

const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/** Runs one goal of the (pinned) dependency plugin. Shows each finished download. Throws `SetupError`. */
export async function mavenDependency(
  goal: string,
  args: readonly string[],
  what: string,
  progress: Progress,
): Promise<void> {
  let files = 0;
  const ran = await runCommand('mvn', ['-B', '-ntp', '-Dstyle.color=never', `${plugin}:${goal}`, ...args], {
    cwd: path.join(import.meta.dirname, 'kafka'),
    onLine: (line) => {
      if (!/Copying|Downloaded/.test(line)) return;
      files += 1;
      if (files % 10 === 0) progress(`${what}: ${files} files`);
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
