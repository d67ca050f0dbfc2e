import net from 'node:net';

const listens = (port: number, host: string): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      const got = typeof address === 'object' && address !== null ? address.port : undefined;
      server.close(() => resolve(got));
    });
  });

/** True when nobody listens on `port` of `host`. */
export const isPortFree = async (port: number, host = '127.0.0.1'): Promise<boolean> =>
  (await listens(port, host)) !== undefined;

/**
 * Starts something that listens, on `preferred` or, when somebody took that port in between, on a later one. Throws what
 * `start` throws when the port was not the reason, or after three tries.
 */
export async function startOnFreePort<T>(
  preferred: number,
  start: (port: number) => Promise<T>,
): Promise<{ readonly port: number; readonly started: T }> {
  let port = preferred;
  for (let tries = 1; ; tries += 1) {
    try {
      return { port, started: await start(port) };
    } catch (error) {
      if (tries === 3 || (await isPortFree(port))) throw error;
      port = await freePort(port + 1);
    }
  }
}

/**
 * Keeps a port for somebody who will listen on it later: a second stack that chooses its ports meanwhile goes round it.
 * Gives the function that lets go; a port that was taken in between is left to whom has it.
 */
export function holdPort(port: number, host = '127.0.0.1'): Promise<() => Promise<void>> {
  const server = net.createServer((socket) => socket.destroy());
  return new Promise((resolve) => {
    server.once('error', () => resolve(async () => undefined));
    server.listen({ port, host, exclusive: true }, () =>
      resolve(() => new Promise((closed) => server.close(() => closed()))),
    );
  });
}

/** `preferred`, or the next free port above it that is not in `taken`; 0 = any free one. */
export async function freePort(
  preferred: number,
  taken: ReadonlySet<number> = new Set(),
  host = '127.0.0.1',
): Promise<number> {
  const last = preferred === 0 ? 0 : Math.min(preferred + 100, 65_536);
  for (let port = preferred; port < last; port += 1) {
    if (!taken.has(port) && (await isPortFree(port, host))) return port;
  }
  for (let tries = 0; tries < 20; tries += 1) {
    const port = await listens(0, host);
    if (port !== undefined && !taken.has(port)) return port;
  }
  throw new Error(`no free port on ${host}`);
}
