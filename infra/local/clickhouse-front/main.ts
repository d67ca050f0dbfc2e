import { parseArgs } from 'node:util';
import { serveClickhouse } from './serve-clickhouse.ts';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    'memory-max-mb': { type: 'string', default: '900' },
    'users-file': { type: 'string' },
    'tls-certificate': { type: 'string' },
    'tls-key': { type: 'string' },
  },
});
if (values.folder === undefined) {
  process.stderr.write('clickhouse-front: --folder is missing\n');
  process.exit(2);
}

const { 'users-file': usersFile, 'tls-certificate': certificateFile, 'tls-key': keyFile } = values;
const front = await serveClickhouse({
  folder: values.folder,
  host: values.host,
  port: Number(values.port),
  memoryMaxBytes: Number(values['memory-max-mb']) * 1024 * 1024,
  ...(usersFile === undefined ? {} : { usersFile }),
  ...(certificateFile === undefined || keyFile === undefined ? {} : { tls: { certificateFile, keyFile } }),
}).catch((error: unknown) => {
  process.stderr.write(`clickhouse-front: ${error instanceof Error ? error.message : String(error)}\n`);
  return process.exit(1);
});
process.stdout.write(`${JSON.stringify({ url: front.url, version: front.version })}\n`);

const stop = (): void => {
  front.close().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`clickhouse-front: ${String(error)}\n`);
      process.exit(1);
    },
  );
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
// A launcher that was killed leaves its pipe closed; the folder must not stay locked by an orphan nobody finds.
process.stdout.on('error', stop);
