import type { EventStreamAnswer } from './event-stream.ts';

/** The event streams a process has open, each with the key it was opened with. */
export class OpenStreams {
  readonly #keyIds = new Map<Pick<EventStreamAnswer, 'end' | 'onClose'>, string>();
  #opening = 0;

  /** Streams that are open, and those that are being opened. */
  get size(): number {
    return this.#keyIds.size + this.#opening;
  }

  /** Keeps room for a stream until it is added, or is not to be; the caller calls what it gets exactly once. */
  reserve(): () => void {
    this.#opening += 1;
    return () => {
      this.#opening -= 1;
    };
  }

  /** Knows the stream until it closes. */
  add(stream: Pick<EventStreamAnswer, 'end' | 'onClose'>, keyId: string): void {
    this.#keyIds.set(stream, keyId);
    stream.onClose(() => this.#keyIds.delete(stream));
  }

  /** Ends the streams of keys that are no longer live; their readers come again and are refused. */
  endUnless(isLive: (keyId: string) => boolean): void {
    for (const [stream, keyId] of this.#keyIds) if (!isLive(keyId)) stream.end();
  }

  endAll(): void {
    this.endUnless(() => false);
  }
}
