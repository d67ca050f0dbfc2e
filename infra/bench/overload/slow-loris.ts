import net from 'node:net';

/**
 * `node slow-loris.ts <port> <sockets> <API key> <kinds>`: holds so many sockets open for as long as the server lets it,
 * as many of each kind: `head` sends a head line by line, `body` a body byte by byte, `never-read` asks for pages and
 * reads none. Each that is closed is opened again. Sends `ready` once all have been open.
 */
const [portText = '', countText = '', key = '', kindsText = ''] = process.argv.slice(2);
const port = Number(portText);
const count = Number(countText);
const everyMs = 500;
const pages = 100;
let opened = 0;

const first = {
  head: `GET /v1/orders HTTP/1.1\r\nHost: bench\r\n`,
  body: `POST /v1/orders HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nIdempotency-Key: loris\r\nContent-Length: 60000\r\n\r\n`,
  'never-read': 'GET /openapi.json HTTP/1.1\r\nHost: bench\r\n\r\n'.repeat(pages),
};
const next = { head: 'X-Slow: y\r\n', body: ' ', 'never-read': '' };

type Kind = keyof typeof first;
const kinds = kindsText.split(',') as Kind[];

function hold(kind: Kind): void {
  const socket = net.connect(port, '127.0.0.1');
  let timer: NodeJS.Timeout | null = null;
  socket.once('connect', () => {
    opened += 1;
    if (opened === count) process.send?.('ready');
    if (kind === 'never-read') socket.pause();
    else socket.resume();
    socket.write(first[kind]);
    if (next[kind] !== '') timer = setInterval(() => socket.write(next[kind]), everyMs);
  });
  socket.on('error', () => undefined); // `close` follows
  socket.once('close', () => {
    if (timer) clearInterval(timer);
    setTimeout(() => hold(kind), 100);
  });
}

for (let i = 0; i < count; i += 1) hold(kinds[i % kinds.length] ?? 'head');
