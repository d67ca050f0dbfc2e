import type { IncomingMessage, ServerResponse } from 'node:http';
import { EventStreamAnswer } from '../http/event-stream.ts';
import type { LiveState } from './live-state.ts';

/** How the states of several resources are told apart in one stream. */
export type Envelope = (index: number, body: string) => string;

/** One stream that carries one resource: its body alone. */
export const bare: Envelope = (_, body) => body;
/** One that carries several: which of those asked for, and its body. */
export const numbered: Envelope = (index, body) => `{"watch":${index},"body":${body}}`;

/**
 * The states of resources as server-sent events: a good answer has no event name, what went wrong is a `problem`, and
 * `alive` tells the server's time at the beginning and each 15 s. Only the newest state of a resource counts, so a reader
 * who is slower than they change misses some in between; one who has taken nothing between two signs of life is dropped.
 */
export class LiveStream {
  readonly answer: EventStreamAnswer;
  readonly #envelope: Envelope;
  readonly #nowMs: () => number;
  readonly #unsent = new Map<number, LiveState>();
  #wasFull = false;

  /** Sends the head at once. */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    options: { readonly envelope: Envelope; readonly nowMs: () => number; readonly aliveEveryMs?: number },
  ) {
    this.#envelope = options.envelope;
    this.#nowMs = options.nowMs;
    this.answer = new EventStreamAnswer(request, response, options.aliveEveryMs, () => this.#sayAlive());
    this.answer.onRoom(() => {
      this.#wasFull = false;
      this.#flush();
    });
    this.#sayAlive();
  }

  /** Sends the state of a resource, or keeps the newest until the reader has taken what came before. */
  tell(index: number, state: LiveState): void {
    this.#unsent.set(index, state);
    this.#flush();
  }

  #flush(): void {
    for (const [index, { is, body, tag }] of this.#unsent) {
      if (this.answer.isFull) return;
      this.#unsent.delete(index);
      this.answer.sendText({
        ...(is === 'problem' ? { event: 'problem' } : {}),
        id: `${index}-${tag}`,
        data: this.#envelope(index, body),
      });
    }
  }

  #sayAlive(): void {
    if (!this.answer.isFull) {
      const at = new Date(this.#nowMs()).toISOString();
      this.answer.sendText({ event: 'alive', data: JSON.stringify({ at }) });
    } else if (this.#wasFull) this.answer.drop();
    else this.#wasFull = true;
  }
}
