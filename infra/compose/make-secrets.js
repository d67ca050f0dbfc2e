// Makes the secrets of the containers once: `node make-secrets.js <folder>`. What stands there already is kept.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('usage: node make-secrets.js <folder>\n');
  process.exit(2);
}
mkdirSync(folder, { recursive: true, mode: 0o700 });
for (const name of ['fingerprint', 'cursor', 'psp', 'customer-key']) {
  const file = path.join(folder, name);
  if (!existsSync(file))
    writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
}
