// What runs in production and what is known against it (reliability §8): `npm run dependencies`, and in every `npm test`.
// Writes artifacts/sbom.cdx.json (CycloneDX, https://cyclonedx.org); exit 1 where an advisory is high or critical.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { repositoryRoot } from '../config/config.ts';
import { judgeAdvisories } from './judge-advisories.ts';

/** stdout of npm; it ends with 1 where it found something, so the words decide, not the code. */
const npm = (...args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = { cwd: repositoryRoot, maxBuffer: 64 * 1024 ** 2, timeout: 60_000 };
    execFile('npm', [...args, '--omit=dev'], options, (error, stdout, stderr) => {
      if (stdout.trim() === '') reject(new Error(`npm ${args[0]} said nothing: ${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });

const sbomSchema = z.looseObject({
  components: z.array(z.looseObject({ name: z.string(), hashes: z.array(z.unknown()).optional() })),
});

const sbom = await npm('sbom', '--sbom-format=cyclonedx');
const { components } = sbomSchema.parse(JSON.parse(sbom));
/** The Node of this system, fetched by the install script of the package `node`, in its version. */
const ownNode = /^node-(linux|darwin|win)/;
const unproved = components
  .filter(({ name, hashes = [] }) => hashes.length === 0 && !ownNode.test(name))
  .map(({ name }) => name);
const file = path.join(repositoryRoot, 'artifacts/sbom.cdx.json');
mkdirSync(path.dirname(file), { recursive: true });
writeFileSync(file, sbom);
process.stdout.write(`${components.length} packages in production, listed in ${path.relative('.', file)}\n`);
if (unproved.length > 0) {
  process.stdout.write(`without a digest in package-lock.json: ${unproved.join(', ')}. Fix: npm install\n`);
  process.exitCode = 1;
}

const answer = await npm('audit', '--json', '--fetch-retries=0').catch((error: Error) =>
  JSON.stringify({ message: error.message }),
);
const advisories = judgeAdvisories(answer);
if (advisories.is === 'not-asked') {
  process.stdout.write(`advisories: not asked; the answer was: ${advisories.why}\n`);
} else {
  const { severe, others } = advisories;
  process.stdout.write(`advisories: ${severe.length} high or critical, ${others.length} others\n`);
  for (const each of [...severe, ...others]) process.stdout.write(`  ${each}\n`);
  if (severe.length > 0) {
    process.stdout.write('Fix: npm audit shows the version without it; pin that in package.json\n');
    process.exitCode = 1;
  }
}
