import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type FaultLink, startFaultLink } from './fault-link.ts';

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

/** Answers each chunk with itself, and remembers what it got. */
async function startEcho() {
  const got: string[] = [];
  const server = net.createServer((socket) =>
    socket
      .on('error', () => socket.destroy())
      .on('data', (chunk) => {
        got.push(chunk.toString());
        socket.write(chunk);
      }),
  );
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  opened.push(() => server.close());
  return { got, address: `127.0.0.1:${(server.address() as net.AddressInfo).port}` };
}

async function startLink() {
  const echo = await startEcho();
  const link = await startFaultLink(echo.address);
  opened.push(() => link.close());
  return { echo, link };
}

function connect(link: FaultLink) {
  const socket = net.connect(Number(link.address.split(':')[1]), '127.0.0.1');
  let text = '';
  let error = '';
  socket.on('error', (fault: NodeJS.ErrnoException) => (error = fault.code ?? ''));
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  opened.push(() => socket.destroy());
  return { socket, closed, text: () => text, error: () => error };
}

test('hands on both ways, whole and in slices', async () => {
  const { echo, link } = await startLink();
  const client = connect(link);
  client.socket.write('hello');
  await expect.poll(client.text).toBe('hello');
  link.set({ sliceBytes: 1, latencyMs: 1 });
  client.socket.write('slowly');
  await expect.poll(client.text).toBe('helloslowly');
  expect(echo.got.join('')).toBe('helloslowly');
  expect(link.connections()).toBe(1);
});

test('loses an answer whose request got through, and cuts that connection alone', async () => {
  const { echo, link } = await startLink();
  const client = connect(link);
  link.loseNextAnswer(3);
  client.socket.write('abc');
  await client.closed;
  expect(client.text()).toBe('');
  expect(echo.got).toEqual(['abc']);
  const next = connect(link);
  next.socket.write('def');
  await expect.poll(next.text).toBe('def');
});

test('half open, requests vanish and the connection stays; healed, it works again', async () => {
  const { echo, link } = await startLink();
  const client = connect(link);
  client.socket.write('1');
  await expect.poll(client.text).toBe('1');
  link.set({ swallows: 'answers' });
  client.socket.write('2');
  await expect.poll(() => echo.got.join('')).toBe('12');
  link.heal();
  client.socket.write('3');
  await expect.poll(client.text).toBe('13');
});

test('cut, it ends who is connected and lets nobody in; reset, the client sees a reset', async () => {
  const { link } = await startLink();
  const client = connect(link);
  client.socket.write('1');
  await expect.poll(client.text).toBe('1');
  link.reset();
  await client.closed;
  expect(client.error()).toBe('ECONNRESET');
  link.set({ isCut: true });
  await connect(link).closed;
  link.heal();
  const next = connect(link);
  next.socket.write('2');
  await expect.poll(next.text).toBe('2');
});
