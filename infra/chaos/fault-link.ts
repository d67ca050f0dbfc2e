import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** What a link does to all that passes it. Nothing named: nothing done. */
export interface LinkFault {
  /** Before each chunk, in both directions. */
  readonly latencyMs?: number;
  readonly bytesPerSecond?: number;
  /** Each chunk arrives in pieces of this size (of its first 4 KB; the rest follows whole). */
  readonly sliceBytes?: number;
  /** Half open: bytes of one direction vanish, the connection stays. */
  readonly swallows?: 'requests' | 'answers';
  /** Nobody gets through, and whoever was through is cut. */
  readonly isCut?: boolean;
}

/** A TCP proxy in front of one address; clients are pointed at `address`. */
export interface FaultLink {
  /** `127.0.0.1:<port>`. */
  readonly address: string;
  set(fault: LinkFault): void;
  heal(): void;
  /** Ends every connection with a RST, as a host that was restarted would. */
  reset(): void;
  /** The next answer of at least so many bytes is thrown away and its connection cut: the request got through. */
  loseNextAnswer(bytesMin: number): void;
  /** Connections that passed it, ever. */
  connections(): number;
  close(): void;
}

const slicedMax = 4_096;

/** Starts a link to `host:port`. */
export async function startFaultLink(target: string): Promise<FaultLink> {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(target) ?? [];
  const open = new Set<net.Socket>();
  let fault: LinkFault = {};
  let loseFrom = Number.POSITIVE_INFINITY;
  let connections = 0;

  /** Hands on what comes; true ends the connection. */
  const pump = async (from: net.Socket, to: net.Socket, way: 'requests' | 'answers'): Promise<void> => {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      if (way === 'answers' && chunk.length >= loseFrom) {
        loseFrom = Number.POSITIVE_INFINITY;
        return;
      }
      if (fault.swallows === way) continue;
      if (fault.latencyMs !== undefined) await wait(fault.latencyMs);
      for (const piece of piecesOf(chunk, fault.sliceBytes)) {
        if (fault.bytesPerSecond !== undefined) await wait((piece.length * 1_000) / fault.bytesPerSecond);
        if (to.destroyed) return;
        if (!to.write(piece)) await once(to, 'drain');
        if (fault.sliceBytes !== undefined) await new Promise((resolve) => setImmediate(resolve));
      }
    }
  };

  const server = net.createServer((client) => {
    if (fault.isCut === true) {
      client.destroy();
      return;
    }
    connections += 1;
    const upstream = net.connect({ host, port: Number(port) });
    const end = (): void => {
      for (const socket of [client, upstream]) {
        socket.destroy();
        open.delete(socket);
      }
    };
    for (const socket of [client, upstream]) {
      open.add(socket.setNoDelay(true));
      socket.on('error', end).on('close', end);
    }
    // a side that is gone ends the other: what was on its way is lost, as on a real line
    void pump(client, upstream, 'requests').then(end, end);
    void pump(upstream, client, 'answers').then(end, end);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const cutAll = (): void => {
    for (const socket of open) socket.destroy();
    open.clear();
  };
  return {
    address: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    set(next) {
      fault = next;
      if (next.isCut === true) cutAll();
    },
    heal() {
      fault = {};
    },
    reset() {
      for (const socket of open) socket.resetAndDestroy();
    },
    loseNextAnswer(bytesMin) {
      loseFrom = bytesMin;
    },
    connections: () => connections,
    close() {
      cutAll();
      server.close();
    },
  };
}

function* piecesOf(chunk: Buffer, size: number | undefined): Generator<Buffer> {
  const sliced = size === undefined ? 0 : Math.min(chunk.length, slicedMax);
  for (let at = 0; at < sliced; at += size ?? sliced)
    yield chunk.subarray(at, Math.min(at + (size ?? 0), sliced));
  if (sliced < chunk.length) yield chunk.subarray(sliced);
}
