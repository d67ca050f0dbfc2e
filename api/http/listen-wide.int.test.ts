import type { Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../infra/local/free-port.ts';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import { closeGently, untilAllHaveLeft } from './close-gently.ts';
import { createHardenedServer, serverLimits } from './http-server.ts';
import { listenWide } from './listen-wide.ts';

const servers: net.Server[] = [];
const sockets: net.Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

interface Wide {
  readonly server: Server;
  readonly port: number;
  readonly beside: readonly net.Server[];
}

async function listen({ port = 0, isShared = false, width = 8, connectionsMax = 1_000 } = {}): Promise<Wide> {
  const server = createHardenedServer((request, response) => response.end(request.url), {
    limits: { ...serverLimits, connectionsMax },
  });
  const beside = await listenWide(server, { host: '127.0.0.1', port, isShared }, width);
  servers.push(server, ...beside);
  return { server, beside, port: (server.address() as AddressInfo).port };
}

interface Talk {
  readonly socket: net.Socket;
  text: string;
  closed: boolean;
}

function connect({ port }: Wide): Talk {
  const socket = net.connect(port, '127.0.0.1');
  sockets.push(socket);
  const talk: Talk = { socket, text: '', closed: false };
  socket.on('data', (chunk) => (talk.text += String(chunk)));
  socket.on('error', () => undefined);
  socket.on('close', () => (talk.closed = true));
  return talk;
}

const onLinux = process.platform === 'linux'; // elsewhere sockets of one port do not share its connections

test.runIf(onLinux)(
  'a turn of the loop accepts a connection of each listening socket, and all are served',
  async () => {
    const wide = await listen();
    let accepted = 0;
    wide.server.on('connection', () => (accepted += 1));
    const talks = Array.from({ length: 200 }, () => connect(wide));
    let most = 0;
    while (accepted < talks.length) {
      const before = accepted;
      await turn();
      most = Math.max(most, accepted - before);
    }
    expect(most).toBeGreaterThan(1);
    for (const { socket } of talks) socket.write('GET /here HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => talks.every(({ text }) => text.endsWith('/here')));
  },
);

test.runIf(onLinux)('the cap on connections is one for all sockets', async () => {
  const wide = await listen({ connectionsMax: 5 });
  const talks = Array.from({ length: 40 }, () => connect(wide));
  await until(() => talks.filter(({ closed }) => closed).length === 35);
  for (const { socket, closed } of talks) if (!closed) socket.write('GET /in HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(() => talks.filter(({ text }) => text.endsWith('/in')).length === 5);
});

test('a port that somebody has is not taken, by one socket or by many', async () => {
  const port = await freePort(0);
  const first = await listen({ port });
  await expect(listen({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await expect(listen({ port, width: 1 })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  first.server.closeAllConnections();
});

test.runIf(onLinux)('processes that share a port may', async () => {
  const port = await freePort(0);
  const both = [await listen({ port, isShared: true }), await listen({ port, isShared: true })];
  expect(both.map(({ beside }) => beside.length)).toEqual([7, 7]);
});

test('all of its sockets are closed, behind the last connection of any', async () => {
  const wide = await listen();
  const all = [wide.server, ...wide.beside];
  const talks = Array.from({ length: 20 }, () => connect(wide));
  await until(() => talks.every(({ socket }) => !socket.connecting));
  await untilAllHaveLeft(all, 50); // nobody leaves: it ends all the same
  let isOver = false;
  const closed = closeGently(wide.server, 60_000, () => undefined, wide.beside).then(() => (isOver = true));
  await until(() => all.every(({ listening }) => !listening));
  expect(isOver).toBe(false);
  for (const { socket } of talks) socket.destroy();
  await closed;
  const late = connect(wide);
  await until(() => late.closed);
  expect(late.text).toBe('');
});
