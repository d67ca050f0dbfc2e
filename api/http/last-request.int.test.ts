import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createHardenedServer, serverLimits } from './http-server.ts';

test('requests beyond the limit of a connection get no answer at all, not one of Node', async () => {
  const limits = { ...serverLimits, requestsPerSocketMax: 3 };
  const server = createHardenedServer((_request, response) => void response.end('ok'), { limits });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(5));
  await once(socket, 'close');
  server.close();
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(Array.from({ length: 3 }, () => 'HTTP/1.1 200'));
  expect(text.match(/^Connection: .*$/gm)?.at(-1)).toBe('Connection: close');
});
