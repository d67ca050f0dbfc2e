import net from 'node:net';

/** Sockets through here can be cut: kafkajs follows the broker's advertised address, so it must sit in `socketFactory`. */
export interface FaultProxy {
  /** For `KafkaConnection.socketFactory`. */
  readonly socketFactory: (options: {
    readonly host: string;
    readonly port: number;
    readonly onConnect: () => void;
  }) => net.Socket;
  /** The next answer of at least so many bytes is thrown away and its connection cut: the request got through. */
  loseNextAnswer(bytesMin: number): void;
  /** Cuts every connection and lets none through until `heal`. */
  cut(): void;
  heal(): void;
  close(): void;
}

export async function startFaultProxy(): Promise<FaultProxy> {
  const open = new Set<net.Socket>();
  let isCut = false;
  let loseFrom = Number.POSITIVE_INFINITY;
  let target = { host: '', port: 0 };
  const server = net.createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = net.connect(target);
    open.add(client).add(upstream);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
      open.delete(client);
      open.delete(upstream);
    };
    client.pipe(upstream);
    upstream.on('data', (answer) => {
      if (answer.length < loseFrom) return void client.write(answer);
      loseFrom = Number.POSITIVE_INFINITY;
      return end();
    });
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const cutAll = (): void => {
    for (const socket of open) socket.destroy();
    open.clear();
  };
  return {
    socketFactory(options) {
      target = { host: options.host, port: options.port };
      return net.connect({ host: '127.0.0.1', port }, options.onConnect);
    },
    loseNextAnswer(bytesMin) {
      loseFrom = bytesMin;
    },
    cut() {
      isCut = true;
      cutAll();
    },
    heal() {
      isCut = false;
    },
    close() {
      cutAll();
      server.close();
    },
  };
}
