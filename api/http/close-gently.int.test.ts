import { once } from 'node:events';
import type { Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import { canSharePorts } from '../../infra/local/roles.ts';
import { closeGently } from './close-gently.ts';
import { createHardenedServer, type Door } from './http-server.ts';

let door: Door = 'open';
const servers: Server[] = [];
const sockets: net.Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.closeAllConnections();
  door = 'open';
});

const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

async function listen(port = 0): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createHardenedServer((_request, response) => response.end('here'), {
    door: () => door,
  });
  servers.push(server);
  server.listen({ port, host: '127.0.0.1', reusePort: canSharePorts });
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

interface Talk {
  readonly socket: net.Socket;
  text: string;
  end: 'open' | 'closed' | 'reset';
}

function connect(port: number): Talk {
  const socket = net.connect(port, '127.0.0.1');
  sockets.push(socket);
  const talk: Talk = { socket, text: '', end: 'open' };
  socket.on('data', (chunk) => (talk.text += String(chunk)));
  socket.on('error', () => (talk.end = 'reset'));
  socket.on('close', () => (talk.end = talk.end === 'reset' ? 'reset' : 'closed'));
  return talk;
}

test('a request on a connection that was idle when the door closed is answered, as the last of its connection', async () => {
  const { server, port } = await listen();
  const talk = connect(port);
  talk.socket.write(get);
  await until(() => talk.text.endsWith('here'));
  expect(talk.text).toMatch(/Connection: keep-alive/i);

  door = 'leaving';
  const closed = closeGently(server, 60_000, () => undefined);
  await until(() => !server.listening);
  const late = connect(port);
  await until(() => late.end !== 'open');
  expect([late.end, late.text]).toEqual(['reset', '']);

  talk.text = '';
  talk.socket.write(get);
  await closed;
  await until(() => talk.end !== 'open');
  expect([talk.end, talk.text]).toEqual([
    'closed',
    expect.stringMatching(/200 OK[\s\S]*Connection: close[\s\S]*here$/i),
  ]);
});

test('a connection on which nothing comes is ended, and those who wait are told to hurry', async () => {
  const { server, port } = await listen();
  const talk = connect(port);
  talk.socket.write(get);
  await until(() => talk.text.endsWith('here'));
  door = 'leaving';
  let hurried = 0;
  await closeGently(server, 50, () => (hurried += 1));
  await until(() => talk.end !== 'open');
  expect([talk.end, hurried]).toEqual(['closed', 1]);
});

/** Lets sixty clients come when `when` says, closes one of the two servers of their port, and tells how they fared. */
async function closeBesideAnother(when: (come: () => void) => Promise<void>): Promise<void> {
  const { server, port } = await listen();
  await listen(port);
  const talks: Talk[] = [];
  const come = (): void => {
    for (let i = 0; i < 60; i += 1) {
      const talk = connect(port);
      talk.socket.write(get);
      talks.push(talk);
    }
  };
  let letIn = 0;
  server.on('connection', () => (letIn += 1));
  await when(come);
  door = 'leaving';
  await closeGently(server, 60_000, () => undefined);
  await until(() => talks.every(({ end }) => end !== 'open'));
  expect(talks.map(({ end, text }) => [end, text.endsWith('here')])).toEqual(
    talks.map(() => ['closed', true]),
  );
  expect([talks.length, letIn > 5]).toEqual([60, true]);
}

test.runIf(canSharePorts)(
  'of two that share a port one closes: whoever stands in its queue is let in and answered',
  () =>
    closeBesideAnother((come) => {
      come();
      return new Promise((resolve) => process.nextTick(resolve)); // the kernel has them, no server has
    }),
);

test.runIf(canSharePorts)(
  'whoever comes while other work of the loop stands between the last look and the close is let in too',
  () =>
    closeBesideAnother(async (come) => {
      setImmediate(() => setImmediate(come)); // in the turn whose look has found nobody, before the close
    }),
);
