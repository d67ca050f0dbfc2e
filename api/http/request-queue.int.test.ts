import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { until } from '../../infra/clients/testing/test-kafka.ts';
import { parseAnswers, type Received } from '../../infra/corpus/http/exchange.ts';
import { createHardenedServer, serverLimits } from './http-server.ts';
import { Problem, toProblemAnswer } from './problem.ts';
import { contextOf } from './request-context.ts';
import { writeAnswer } from './write-answer.ts';

/** Who is served, and who is refused, while more comes than a loop can do (reliability §7). Both ends share one loop. */
const servers: Server[] = [];
const sockets: net.Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Talk {
  readonly socket: net.Socket;
  readonly answers: () => readonly Received[];
}

interface Side {
  /** What the server has seen, in order: `connection`, and the path of each request that it begins. */
  readonly seen: string[];
  readonly connect: () => Talk;
  /** So many connections that the server has accepted. */
  readonly connected: (count: number) => Promise<readonly Talk[]>;
}

const work = { ms: 5 };
const busy = (ms: number): void => {
  for (const endMs = performance.now() + ms; performance.now() < endMs; );
};

/** Works so long on each request, or refuses it if it is shed. */
function serve(seen: string[]) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    seen.push(request.url ?? '');
    if (contextOf(request).shed)
      return writeAnswer(request, response, toProblemAnswer(new Problem('overloaded'), 'r'), false);
    busy(work.ms);
    writeAnswer(request, response, { status: 200, headers: {}, body: request.url ?? '' }, false);
  };
}

async function listen(server: Server, seen: string[]): Promise<Side> {
  servers.push(server);
  server.on('connection', () => seen.push('connection'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connect = (): Talk => {
    const socket = net.connect(port, '127.0.0.1');
    sockets.push(socket);
    let text = '';
    socket.on('data', (chunk) => (text += String(chunk)));
    socket.on('error', () => undefined);
    return { socket, answers: () => parseAnswers(Buffer.from(text)) };
  };
  return {
    seen,
    connect,
    async connected(count) {
      const before = seen.length;
      const talks = Array.from({ length: count }, connect);
      await until(() => seen.length - before === count);
      return talks;
    },
  };
}

/** Patient with clients: a busy machine may leave them connected and silent for seconds. */
const limits = { ...serverLimits, headersTimeoutMs: 60_000, requestTimeoutMs: 60_000 };

const hardened = (): Promise<Side> => {
  const seen: string[] = [];
  const isKnown = ({ headers }: IncomingMessage): boolean => headers.authorization === 'Bearer k';
  return listen(createHardenedServer(serve(seen), { limits, isKnown }), seen);
};

const ask = (path: string, header = 'Authorization: Bearer k\r\n'): string =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\n${header}\r\n`;
const answered = (talks: readonly Talk[], each = 1): Promise<void> =>
  until(() => talks.every(({ answers }) => answers().length === each));

/** How many connections are accepted before the last of sixty requests, that came with them, is begun. */
async function acceptedBetween({ seen, connect, connected }: Side): Promise<number> {
  const asking = await connected(60);
  const from = seen.length;
  for (const { socket } of asking) socket.write(ask('/work'));
  for (let i = 0; i < 20; i += 1) connect();
  await answered(asking);
  return seen.slice(from, seen.lastIndexOf('/work')).filter((what) => what === 'connection').length;
}

test('connections are accepted between requests; Node alone serves all that is ready first', async () => {
  expect(await acceptedBetween(await hardened())).toBeGreaterThan(10);
  const seen: string[] = [];
  expect(await acceptedBetween(await listen(createServer(serve(seen)), seen))).toBeLessThan(5);
});

test('with more than it keeps up with the newest are told overloaded and keep their connection; the others are served in order', async () => {
  const { seen, connected } = await hardened();
  const talks = await connected(110);
  const from = seen.length;
  for (const { socket } of talks.slice(0, 100)) socket.write(ask('/early')); // 500 ms of work
  await until(() => seen.length - from >= 70);
  for (const { socket } of talks.slice(100)) socket.write(ask('/late'));
  await answered(talks);
  const statuses = talks.map(({ answers }) => answers()[0]?.status);
  expect(statuses).toEqual([...Array<number>(100).fill(200), ...Array<number>(10).fill(503)]);
  expect(seen.lastIndexOf('/early')).toBeGreaterThan(seen.lastIndexOf('/late'));
  const refused = talks[109];
  if (!refused) throw new Error('nobody was refused');
  expect(refused.answers()[0]?.headers).toMatchObject({ 'retry-after': '1', connection: 'keep-alive' });
  refused.socket.write(ask('/again'));
  await answered([refused], 2);
  expect(refused.answers()[1]).toMatchObject({ status: 200, body: '/again' });
});

test('a probe is answered before all who wait', async () => {
  const { seen, connected } = await hardened();
  const talks = await connected(21);
  const from = seen.length;
  for (const { socket } of talks.slice(0, 10)) socket.write(ask('/work'));
  for (const { socket } of talks.slice(10, 20)) socket.write(ask('/page', ''));
  talks[20]?.socket.write(ask('/livez', ''));
  await answered(talks);
  expect(seen.indexOf('/livez') - from).toBeLessThan(3);
});

/** How many other requests are begun before the last of ten orders, of which none is refused. */
async function othersBefore(orders: readonly Talk[], seen: readonly string[]): Promise<number> {
  const from = seen.length;
  for (const { socket } of orders) socket.write(ask('/order'));
  await answered(orders);
  expect(orders.map(({ answers }) => answers()[0]?.status)).toEqual(orders.map(() => 200));
  return seen.slice(from, seen.lastIndexOf('/order')).filter((what) => what !== '/order').length;
}

test('who shows no key gets one request a turn while others wait', async () => {
  const { seen, connected } = await hardened();
  const [nameless, orders] = [await connected(40), await connected(10)];
  for (const { socket } of nameless) socket.write(ask('/page', ''));
  expect(await othersBefore(orders, seen)).toBeLessThan(16);
  await answered(nameless);
});

test('so does who shows a false one, and orders are not refused for it', async () => {
  const { seen, connected } = await hardened();
  const [strangers, orders] = [await connected(160), await connected(10)];
  const from = seen.length;
  for (const { socket } of strangers) socket.write(ask('/page', 'Authorization: Bearer made-up\r\n'));
  await until(() => seen.length - from >= 80); // 400 ms of work: among their like the others would be late
  expect(await othersBefore(orders, seen)).toBeLessThan(16);
  await answered(strangers);
  expect(strangers.map(({ answers }) => answers()[0]?.status)).toEqual(strangers.map(() => 200));
});

test('who asks the next before its answer gets one request a turn while others wait', async () => {
  const { seen, connected } = await hardened();
  const [piling, orders] = [await connected(40), await connected(10)];
  for (const { socket } of piling) socket.write(ask('/next').repeat(3));
  await until(() => piling.every(({ answers }) => answers().length > 0));
  expect(await othersBefore(orders, seen)).toBeLessThan(16);
  await answered(piling, 3);
});
