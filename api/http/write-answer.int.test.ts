import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHardenedServer } from './http-server.ts';
import { bodyBytesMax } from './read-body.ts';
import { writeAnswer } from './write-answer.ts';

const page = 'x'.repeat(300_000);
/** Answers when what nobody reads has filled the connection. */
const server = createHardenedServer((request, response) => {
  setTimeout(() => writeAnswer(request, response, { status: 200, headers: {}, body: page }, false), 50);
});
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => void server.close());

test('a long answer to a request whose body nobody read arrives whole', async () => {
  const { port } = server.address() as AddressInfo;
  const socket = net.connect({ port, host: '127.0.0.1' });
  const unread = 2 * bodyBytesMax;
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\nContent-Length: ${unread}\r\n\r\n${' '.repeat(unread)}`);
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  await new Promise((resolve) => socket.once('error', resolve).once('close', resolve));
  const text = Buffer.concat(received).toString();
  expect(text).toContain('\r\nConnection: close\r\n');
  expect(text.slice(text.indexOf('\r\n\r\n') + 4).length).toBe(page.length);
});
