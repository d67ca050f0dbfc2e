import { once } from 'node:events';
import type { Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';

/** Connections that may wait at one listening socket: what Linux lets it have (`net.core.somaxconn`); Node asks for 511. */
const backlog = 4_096;
/**
 * Listening sockets on one port. Each takes one connection a turn of the loop (libuv since 1.45), and each has a queue of
 * its own: eight hold more than may be connected at all (`connectionsMax`). A handshake that finds its queue full is
 * dropped in silence, and the client's kernel tries again after 1, 3, 7 and 15 s: nobody is slower or told less.
 */
const widthMax = process.platform === 'linux' ? 8 : 1; // elsewhere sockets of one port do not share its connections

export interface Place {
  readonly host: string;
  /** 0: any. */
  readonly port: number;
  /** Other processes may listen there as well. */
  readonly isShared: boolean;
}

/**
 * Has a server listen, with further sockets beside its own that hand it what they accept. Resolves to these, which
 * `closeGently` closes with it; rejects if the port is not free.
 */
export async function listenWide(
  server: Server,
  place: Place,
  width = widthMax,
): Promise<readonly net.Server[]> {
  const { host, isShared } = place;
  const reusePort = isShared || width > 1;
  // Sockets that share a port let in whoever shares it too: a second process by mistake is found before.
  if (reusePort && !isShared && place.port !== 0) await takeAlone(host, place.port);
  await listen(server, { host, port: place.port, backlog, reusePort });
  const { port } = server.address() as AddressInfo;
  const beside: net.Server[] = [];
  while (beside.length < width - 1) {
    const another = net.createServer({ allowHalfOpen: true, noDelay: true }); // as node:http has its own
    another.maxConnections = server.maxConnections;
    another.on('connection', (socket) => server.emit('connection', socket));
    await listen(another, { host, port, backlog, reusePort });
    another.on('error', (error) => server.emit('error', error));
    beside.push(another);
  }
  return beside;
}

/** Rejects if anybody listens there. */
async function takeAlone(host: string, port: number): Promise<void> {
  const probe = net.createServer();
  await listen(probe, { host, port });
  probe.close();
  await once(probe, 'close');
}

async function listen(server: net.Server, options: net.ListenOptions): Promise<void> {
  server.listen(options);
  await once(server, 'listening');
}
