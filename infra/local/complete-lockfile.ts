import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { repositoryRoot } from '../config/config.ts';

const packageSchema = z.looseObject({
  version: z.string().optional(),
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const lockSchema = z.looseObject({ packages: z.record(z.string(), packageSchema) });

export type Lockfile = z.infer<typeof lockSchema>;

export const readLockfile = (root = repositoryRoot): Lockfile =>
  lockSchema.parse(JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')));

const systems = ['android', 'darwin', 'freebsd', 'win32', 'openharmony', 'linux'];
const processors = ['arm64', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'arm'];

/** System, processor and C library in the last words of a platform package's name, as npm spells them. */
export function platformOf(name: string): {
  readonly os?: [string];
  readonly cpu?: [string];
  readonly libc?: [string];
} {
  const words = name.split(/[/-]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  const libc = /musl/.test(name) ? 'musl' : /gnu/.test(name) ? 'glibc' : undefined;
  return {
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(libc === undefined || os !== 'linux' ? {} : { libc: [libc] }),
    ...(os === undefined ? {} : { os: [os] }),
  };
}

/**
 * The packages of other platforms that the lockfile leaves out. npm does not write those that its registry could not
 * give it (npm/cli#4828), and `npm ci` of npm 11 then refuses the file as out of step.
 */
export function missingPlatforms(lock: Lockfile): Readonly<Record<string, Record<string, unknown>>> {
  const missing: Record<string, Record<string, unknown>> = {};
  for (const [folder, of] of Object.entries(lock.packages)) {
    if (folder === '') continue;
    for (const [name, version] of Object.entries(of.optionalDependencies ?? {})) {
      const isThere = [`node_modules/${name}`, `${folder}/node_modules/${name}`].some(
        (key) => key in lock.packages,
      );
      const isExact = /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version);
      if (!isThere && isExact) {
        missing[`node_modules/${name}`] = {
          version,
          ...platformOf(name),
          ...(of.dev ? { dev: true } : {}),
          optional: true,
        };
      }
    }
  }
  return missing;
}

// Run as a program: writes what is missing, and leaves every other line as npm wrote it.
if (import.meta.main) {
  const file = path.join(repositoryRoot, 'package-lock.json');
  const raw: Lockfile = JSON.parse(readFileSync(file, 'utf8'));
  const missing = missingPlatforms(readLockfile());
  const packages = Object.entries({ ...raw.packages, ...missing }).toSorted(([a], [b]) =>
    a.localeCompare(b, 'en'),
  );
  writeFileSync(file, `${JSON.stringify({ ...raw, packages: Object.fromEntries(packages) }, null, 2)}\n`);
  process.stderr.write(`${Object.keys(missing).length} platform packages added to package-lock.json\n`);
}
