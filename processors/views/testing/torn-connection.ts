import net from 'node:net';

/** A way to a server that breaks in the middle of calls. */
export interface TornConnection {
  readonly port: number;
  /** How many calls it broke. */
  readonly broken: () => number;
  close(): void;
}

/**
 * Breaks every `every`th connection's request: by turns it passes only half of it on, or all of it and throws the
 * answer away, then resets the connection.
 */
export async function tearConnections(target: number, every: number): Promise<TornConnection> {
  const open = new Set<net.Socket>();
  let requests = 0;
  let broken = 0;
  const server = net.createServer((client) => {
    const upstream = net.connect(target, '127.0.0.1');
    open.add(client).add(upstream);
    let isLost = false;
    const end = (): void => {
      for (const socket of [client, upstream]) {
        socket.resetAndDestroy();
        open.delete(socket);
      }
    };
    client.on('data', (request) => {
      requests += 1;
      const breaks = requests % every === 0;
      if (breaks) broken += 1;
      if (breaks && broken % 2 === 1) {
        upstream.write(request.subarray(0, request.length >> 1), end);
        return;
      }
      isLost ||= breaks;
      upstream.write(request);
    });
    upstream.on('data', (answer) => (isLost ? end() : client.write(answer)));
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    broken: () => broken,
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
