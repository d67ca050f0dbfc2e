import type { EventStreamAnswer } from './event-stream.ts';

/** The event streams a process has open, each with the key it was opened with. */
export class OpenStreams {
  readonly #keyIds = new Map<Pick<EventStreamAnswer, 'end' | 'onClose'>, string>();

  get size(): number {
    return this.#keyIds.size;
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
