import net from 'node:net';

/** What one request came to: a status, or why there is none. */
export type Outcome = number | 'reset' | 'timeout';

const headEnd = Buffer.from('\r\n\r\n');

/** One keep-alive connection with at most one request on it; no more of HTTP than our answers need. */
export class HttpConnection {
  readonly #port: number;
  readonly #timeoutMs: number;
  #socket: net.Socket | null = null;
  #settle: ((outcome: Outcome) => void) | null = null;
  #buffered: Buffer = Buffer.alloc(0);
  #timer: NodeJS.Timeout | null = null;

  constructor(port: number, timeoutMs: number) {
    this.#port = port;
    this.#timeoutMs = timeoutMs;
  }

  /** Sends a request; `settle` is called once. */
  send(text: string, settle: (outcome: Outcome) => void): void {
    this.#settle = settle;
    this.#timer = setTimeout(() => this.#end('timeout', true), this.#timeoutMs);
    (this.#socket ??= this.#open()).write(text);
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): net.Socket {
    const socket = net.connect(this.#port, '127.0.0.1');
    this.#buffered = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      if (socket === this.#socket) this.#read(chunk);
    });
    socket.on('error', () => undefined); // `close` follows
    socket.once('close', () => {
      if (socket === this.#socket) this.#end('reset', true);
    });
    return socket;
  }

  #read(chunk: Buffer): void {
    this.#buffered = this.#buffered.length === 0 ? chunk : Buffer.concat([this.#buffered, chunk]);
    const end = this.#buffered.indexOf(headEnd);
    if (end < 0) return;
    const head = this.#buffered.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#buffered.length < end + headEnd.length + length) return;
    this.#buffered = Buffer.alloc(0);
    this.#end(Number(head.slice(9, 12)), /\r\nconnection: close/i.test(head));
  }

  #end(outcome: Outcome, isOver: boolean): void {
    const settle = this.#settle;
    this.#settle = null;
    if (this.#timer) clearTimeout(this.#timer);
    if (isOver) {
      const socket = this.#socket;
      this.#socket = null;
      socket?.destroy();
    }
    settle?.(outcome);
  }
}
