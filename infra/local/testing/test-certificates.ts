import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runCommand } from '../run-command.ts';
import { SetupError } from '../setup-error.ts';

/** A certificate for 127.0.0.1 and localhost and the authority that signed it, as files in PEM, good for two days. */
export interface TestCertificates {
  readonly authorityFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Key and certificate in one file, as Kafka takes them. */
  readonly keyStoreFile: string;
  readonly commonName: string;
}

const commonName = 'millrace-engine';
const elliptic = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

/** Makes an authority of its own and a certificate by it in `folder`. Throws `SetupError` where there is no openssl. */
export async function makeTestCertificates(folder: string): Promise<TestCertificates> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const at = (name: string): string => path.join(folder, name);
  const [authority, authorityKey] = [at('authority.pem'), at('authority.key')];
  const [certificate, key] = [at('engine.pem'), at('engine.key')];
  await openssl([...elliptic, '-keyout', authorityKey, '-out', authority, '-subj', '/CN=millrace-tests']);
  const signed = ['-CA', authority, '-CAkey', authorityKey];
  const extensions = [
    'subjectAltName=IP:127.0.0.1,DNS:localhost',
    'basicConstraints=critical,CA:FALSE',
    'extendedKeyUsage=serverAuth,clientAuth',
  ].flatMap((extension) => ['-addext', extension]);
  const subject = ['-keyout', key, '-out', certificate, '-subj', `/CN=${commonName}`];
  await openssl([...elliptic, ...subject, ...signed, ...extensions]);
  const keyStoreFile = at('engine-key-store.pem');
  writeFileSync(keyStoreFile, readFileSync(key, 'utf8') + readFileSync(certificate, 'utf8'), { mode: 0o600 });
  return { authorityFile: authority, certificateFile: certificate, keyFile: key, keyStoreFile, commonName };
}

async function openssl(args: readonly string[]): Promise<void> {
  const ran = await runCommand('openssl', ['req', '-x509', ...args]);
  if (ran.missing) throw new SetupError('openssl is missing.', 'apt-get install openssl');
  if (ran.code !== 0) throw new SetupError(`openssl: ${ran.stderr.trim().slice(-400)}.`, 'openssl version');
}
