import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Bytes of earlier turns that a reader may not have taken yet; with more it is dropped, and comes again with
 * Last-Event-ID. What is written in one turn leaves behind it, so a long history in one piece drops nobody.
 */
const unsentBytesMax = 65_536;
const heartbeatMs = 15_000;

/** One open `text/event-stream` answer (WHATWG HTML, server-sent events). */
export class EventStreamAnswer {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #heartbeat: NodeJS.Timeout;
  #wroteInThisTurn = false;

  /** Sends the head at once. */
  constructor(request: IncomingMessage, response: ServerResponse, everyMs = heartbeatMs) {
    this.#request = request;
    this.#response = response;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Accel-Buffering': 'no',
    });
    response.write('retry: 2000\n\n');
    this.#heartbeat = setInterval(() => this.#write(': alive\n\n'), everyMs);
    response.once('close', () => clearInterval(this.#heartbeat));
    request.socket.once('end', () => response.end()); // half-open is allowed: a reader that closes has gone
  }

  /** Sends one event; `data` is JSON and thus one line. */
  send(id: string, data: unknown): void {
    this.#write(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Tells the reader that events may be missing before `id`: it reads the resource anew. */
  reset(id: string): void {
    this.#write(`event: reset\nid: ${id}\ndata: {}\n\n`);
  }

  /** Ends the stream; the reader comes again by itself. */
  end(): void {
    this.#response.end();
  }

  onClose(closed: () => void): void {
    this.#response.once('close', closed);
  }

  #write(text: string): void {
    if (this.#response.destroyed || this.#response.writableEnded) return;
    if (!this.#wroteInThisTurn) {
      if (this.#response.writableLength > unsentBytesMax) {
        this.#request.socket.destroy();
        return;
      }
      this.#wroteInThisTurn = true;
      setImmediate(() => (this.#wroteInThisTurn = false));
    }
    this.#response.write(text);
  }
}
