import type { IncomingMessage, ServerResponse } from 'node:http';
import { setLimits } from './write-answer.ts';

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

  /** Sends the head at once. `beat` says in its own way each 15 s that the stream is alive; default: a comment. */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    everyMs = heartbeatMs,
    beat: () => void = () => this.#write(': alive\n\n'),
  ) {
    this.#request = request;
    this.#response = response;
    setLimits(request, response);
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Accel-Buffering': 'no',
    });
    response.write('retry: 2000\n\n');
    this.#heartbeat = setInterval(beat, everyMs);
    response.once('close', () => clearInterval(this.#heartbeat));
    request.socket.once('end', () => response.end()); // half-open is allowed: a reader that closes has gone
  }

  /** Sends one event; `data` is JSON and thus one line. */
  send(id: string, data: unknown): void {
    this.sendText({ id, data: JSON.stringify(data) });
  }

  /** Sends one event whose data is text without a line break. No `event`: a message. */
  sendText({
    event,
    id,
    data,
  }: {
    readonly event?: string;
    readonly id?: string;
    readonly data: string;
  }): void {
    const lines = [
      ...(event === undefined ? [] : [`event: ${event}\n`]),
      ...(id === undefined ? [] : [`id: ${id}\n`]),
    ];
    this.#write(`${lines.join('')}data: ${data}\n\n`);
  }

  /** The reader has not taken what was sent: what can wait should. */
  get isFull(): boolean {
    return this.#response.writableNeedDrain;
  }

  /** Calls back each time the reader has taken all that was sent after it was full. */
  onRoom(taken: () => void): void {
    this.#response.on('drain', taken);
  }

  /** Cuts off a reader who does not take what is sent. */
  drop(): void {
    this.#request.socket.destroy();
  }

  /** Tells the reader that events may be missing before `id`: it reads the resource anew. */
  reset(id: string): void {
    this.sendText({ event: 'reset', id, data: '{}' });
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
        this.drop();
        return;
      }
      this.#wroteInThisTurn = true;
      setImmediate(() => (this.#wroteInThisTurn = false));
    }
    this.#response.write(text);
  }
}
