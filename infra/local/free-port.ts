import net from 'node:net';

/** True when nobody listens on `port` of `host`. */
export const isPortFree = (port: number, host = '127.0.0.1'): Promise<boolean> =>
  new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });

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

/**
 * Ports that the kernel gives to nobody: below those from which it takes the near ends of connections and what listens
 * on any port (Linux: `ip_local_port_range`, 32768 up), above the usual ones. One out of the kernel's own range may be
 * lost to some connection between the look and the listening, or while its process is down.
 */
const lowest = 10_240;
const blocks = 350;
const blockSize = 64;
/** Processes look for ports at the same time: each begins in a block of its own. */
let next = (process.pid % blocks) * blockSize;

/** `preferred`, or the next free port above it that is not in `taken`; 0 = any free one, another at every call. */
export async function freePort(
  preferred: number,
  taken: ReadonlySet<number> = new Set(),
  host = '127.0.0.1',
): Promise<number> {
  const last = preferred === 0 ? 0 : Math.min(preferred + 100, 65_536);
  for (let port = preferred; port < last; port += 1) {
    if (!taken.has(port) && (await isPortFree(port, host))) return port;
  }
  for (let tries = 0; tries < blocks * blockSize; tries += 1) {
    const port = lowest + (next % (blocks * blockSize));
    next += 1;
    if (!taken.has(port) && (await isPortFree(port, host))) return port;
  }
  throw new Error(`no free port on ${host}`);
}
