import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createHardenedServer } from '../../../api/http/http-server.ts';
import { digestApiKey, parseApiKey } from '../../../schemas/api-key.ts';
import { apiWithoutEngines } from './api-without-engines.ts';

/** `node nasty-engine.ts <API key> <SKUs>`: serves, sends its port, and its CPU in µs whenever it is asked. */
const [text = '', skus = '0'] = process.argv.slice(2);
const parsed = parseApiKey(text);
if (!parsed) throw new RangeError('no API key');
const server = createHardenedServer(
  apiWithoutEngines({ ...parsed, text, sha256: digestApiKey(text) }, Number(skus)),
);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system });
});
process.once('disconnect', () => process.exit(0));
process.send?.({ port: (server.address() as AddressInfo).port });
