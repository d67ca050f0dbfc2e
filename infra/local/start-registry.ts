import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fillOnce, sha256OfFile } from './cache.ts';
import { classArchive } from './class-archive.ts';
import { type EnginePlace, type RunningEngine, startEngine } from './engine-process.ts';
import { mavenDependency, type Progress } from './maven.ts';
import { runCommand } from './run-command.ts';
import { SetupError } from './setup-error.ts';

export const registryVersion = '2.6.13.Final';
const archive = `apicurio-registry-app-${registryVersion}-all.tar.gz`;
const archiveSha256 = '3cda1b34aa020fb4ac4dd6a66018d757e81e437f97e20a1f92d366b70091c6ba';

/** The unpacked registry, fetched through Maven once and verified. Throws `SetupError`. */
export function registryProgram(progress: Progress): Promise<string> {
  return fillOnce(`apicurio-registry-${registryVersion}`, async (folder) => {
    progress(`Apicurio Registry ${registryVersion}: fetching 142 MB through Maven`);
    const artifact = `io.apicurio:apicurio-registry-app:${registryVersion}:tar.gz:all`;
    await mavenDependency(
      'copy',
      [`-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`],
      'Apicurio Registry',
      progress,
    );
    const file = path.join(folder, archive);
    if ((await sha256OfFile(file)) !== archiveSha256) {
      throw new SetupError(
        `${archive} is not the file that was checked in (SHA-256).`,
        'delete it below ~/.m2/repository/io/apicurio and start again',
      );
    }
    progress('Apicurio Registry: unpacking');
    const ran = await runCommand('tar', ['xzf', file, '-C', folder]);
    if (ran.code !== 0)
      throw new SetupError(
        `${archive} could not be unpacked: ${ran.stderr.trim()}.`,
        'apt-get install tar gzip; check the disk',
      );
    await rm(file);
  });
}

/**
 * Starts the real schema registry on `127.0.0.1:<port>`; `url` ends with `/apis/ccompat/v7`. Its H2 file stands in the
 * folder, so schema ids outlive a stop. Throws `SetupError`.
 */
export async function startRegistry(
  place: EnginePlace,
  progress: Progress = () => undefined,
): Promise<RunningEngine> {
  const program = await registryProgram(progress);
  const jar = (await readdir(program)).find((name) => name.endsWith('-runner.jar')) ?? '';
  const url = `http://127.0.0.1:${place.port}`;
  const classes = classArchive(`registry-${registryVersion}`);
  const registry = await startEngine({
    name: 'registry',
    command: 'java',
    args: [
      '-Xms48m',
      '-Xmx192m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1', // it starts faster and is asked a few times an hour
      '-Xss512k',
      '-XX:MaxMetaspaceSize=160m',
      ...classes.args,
      '-jar',
      path.join(program, jar),
    ],
    url: `${url}/apis/ccompat/v7`,
    cwd: place.folder,
    env: {
      QUARKUS_HTTP_HOST: '127.0.0.1',
      QUARKUS_HTTP_PORT: String(place.port),
      REGISTRY_DATASOURCE_URL: `jdbc:h2:file:${path.join(place.folder, 'registry')}`,
      QUARKUS_LOG_LEVEL: 'WARN',
      LOG_LEVEL: 'WARN',
      QUARKUS_LOG_CATEGORY__IO_QUARKUS__LEVEL: 'INFO', // the line that says it listens
    },
    onSpawn: place.onSpawn,
    logFile: place.logFile ?? path.join(place.folder, 'engine.log'),
    isReady: async (log) => {
      if (!log.includes('Listening on:')) return false; // another registry may answer on a port taken in between
      try {
        return (await fetch(`${url}/apis/ccompat/v7/subjects`, { signal: AbortSignal.timeout(2_000) })).ok;
      } catch {
        return false; // not listening yet; the caller's deadline ends the wait
      }
    },
    readyWithinMs: 90_000,
    graceMs: 20_000, // the first one ever writes its classes as it ends
  });
  void registry.exited.then(classes.ended);
  return registry;
}
